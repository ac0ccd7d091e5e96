import shlex
import sys

from mmengine.config import Config

from ltplug.apis.config import load_config
from ltplug.reports.run_facts import config_changes, describe_run, note_run
from ltplug.reports.run_files import read_json, run_name

from ..engine.runs import LDAM_DRW, ROOT


def test_a_config_differs_from_its_bases(tmp_path):
    (tmp_path / 'data.py').write_text("data = dict(steps=[dict(type='A', size=3)], size=3)")
    (tmp_path / 'model.py').write_text("model = dict(depth=18, width=64)\nwork_dir = 'x'")
    leaf = tmp_path / 'leaf.py'
    leaf.write_text("_base_ = ['data.py', 'model.py']\nmodel = dict(depth=34)\nlength = 9")
    cfg = Config.fromfile(leaf)
    cfg.merge_from_dict({'data.size': 5, 'data.steps.0.size': 4, 'work_dir': 'y'})
    del cfg.model['width']
    assert sorted(config_changes(cfg)) == [
        ('data.size', '3', '5'), ('data.steps.0.size', '3', '4'), ('length', None, '9'),
        ('model.depth', '18', '34'), ('model.width', '64', None)]
    assert config_changes(Config(dict(a=1))) == [], 'without a file there are no bases'


def test_changes_of_a_shipped_config():
    changes = config_changes(load_config(LDAM_DRW, {'optim_wrapper.optimizer.lr': 0.5}))
    assert ('optim_wrapper.optimizer.lr', '0.1', '0.5') in changes
    assert not any(key.startswith(('train_dataloader', 'launcher')) for key, *_ in changes)


def test_commands_of_an_interrupted_run_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, 'orig_argv', ['python', 'tools/train.py', 'my config.py'])
    facts = describe_run(load_config(LDAM_DRW), seed=4, class_counts=[3, 1], group_counts=[3, 1])
    note_run(tmp_path, facts)
    note_run(tmp_path, {**facts, 'command': 'second'}, is_resumed=True)
    noted = read_json(tmp_path / 'run.json')
    first, second = noted['commands']
    assert shlex.split(first['command']) == ['python', 'tools/train.py', 'my config.py']
    assert second['command'] == 'second' and noted['seed'] == 4
    assert noted['class_counts'] == [3, 1] and noted['versions']['torch'][0].isdigit()
    note_run(tmp_path, facts)
    assert len(read_json(tmp_path / 'run.json')['commands']) == 1


def test_short_names(tmp_path):
    assert run_name('work_dirs/crt/classifier') == 'crt/classifier'
    assert run_name(ROOT / 'work_dirs/ce') == 'ce'
    assert run_name(tmp_path / 'a/b/c') == 'b/c'
