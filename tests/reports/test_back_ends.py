"""Where losses and metrics go besides mmengine's own files."""

import re

import pytest

from ltplug.apis import train
from ltplug.apis.config import load_config
from ltplug.reports.curves import read_scalars

from ..apis.recipes.recipes import CE, SHORT
from ..engine.runs import ROOT

GROUP_METRICS = {f'group_accuracy/{name}' for name in ('top1', 'many', 'medium', 'few')}


def test_groups_appear_in_tensorboard(tmp_path):
    accumulator = pytest.importorskip('tensorboard.backend.event_processing.event_accumulator')
    config = tmp_path / 'mine.py'
    config.write_text(SHORT + "visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), "
                              "dict(type='TensorboardVisBackend')])")
    results = train(config, tmp_path / 'run')

    def scalars(folder):
        (path, ) = folder.glob('2*/vis_data/events*')
        events = accumulator.EventAccumulator(str(path)).Reload()
        return {name: events.Scalars(name)[-1].value for name in events.Tags()['scalars']}

    trained = scalars(tmp_path / 'run')
    assert {'loss', 'lr', *GROUP_METRICS} <= set(trained)
    tested = scalars(tmp_path / 'run/test')
    for name in GROUP_METRICS:
        assert tested[f'test/{name}'] == pytest.approx(results['metrics'][name])
    assert read_scalars(tmp_path / 'run'), "mmengine's file is there as well"


def test_the_back_ends_of_the_page_are_valid_configs(tmp_path):
    page = (ROOT / 'docs' / 'reports.md').read_text(encoding='utf-8')
    blocks = [block for block in re.findall(r'```python\n(.*?)```', page, re.DOTALL)
              if 'vis_backends' in block]
    assert len(blocks) == 3
    for block in blocks:
        config = tmp_path / 'mine.py'
        config.write_text(re.sub(r"_base_ = .*", f"_base_ = ['{CE}']", block))
        first, second = load_config(config).visualizer.vis_backends
        assert first.type == 'LocalVisBackend' and second.type.endswith('VisBackend')
