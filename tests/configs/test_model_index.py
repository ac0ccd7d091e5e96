"""model-index.yml and the metafiles tell mim, mmpretrain and mmengine what there is."""

import re

import pytest
import yaml
from mmengine.config import Config
from mmpretrain import get_model
from mmpretrain.apis.model import ModelHub
from modelindex.load_model_index import load

from ltplug.zoo import PACKAGE, shipped_configs

from .listing import ROOT

MIM = PACKAGE / '.mim'
MEAN = re.compile(r'(\d+\.\d) ± \d+\.\d')
SEEDS = re.compile(r'\d+\.\d(?:, \d+\.\d)+')


@pytest.fixture(scope='module')
def index():
    index = load(str(MIM / 'model-index.yml'))
    index.build_models_with_collections()
    return index


def test_every_metafile_is_imported():
    imported = yaml.safe_load((ROOT / 'model-index.yml').read_text())['Import']
    assert imported == sorted(str(path.relative_to(ROOT))
                              for path in ROOT.glob('configs/*/metafile.yml'))


def test_every_config_is_listed_once_and_every_path_exists(index):
    listed = [model.config for model in index.models]
    assert sorted(listed) == sorted(f'configs/{config.folder}/{config.path.name}'
                                    for config in shipped_configs())
    assert all((MIM / path).is_file() for path in listed)
    collections = {collection.name for collection in index.collections}
    assert len(collections) == len(index.collections)
    for collection in index.collections:
        assert (MIM / collection.readme).is_file()


def test_mmpretrain_builds_models_by_name(index, monkeypatch):
    monkeypatch.setattr(ModelHub, '_models_dict', {})
    ModelHub.register_model_index(MIM / 'model-index.yml', config_prefix=MIM)
    assert len(ModelHub._models_dict) == len(index.models)
    model = get_model('balanced-softmax_cifar-resnet20_60e_digits-lt')
    assert type(model.head.loss_module).__name__ == 'BalancedSoftmaxLoss'


def test_configs_are_found_by_the_name_of_the_package(tmp_path):
    path = tmp_path / 'mine.py'
    path.write_text("_base_ = ['ltplug::ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py']\n")
    config = Config.fromfile(path)
    assert config.model.head.loss.type == 'ltplug.LDAMLoss' and config.train_cfg.max_epochs == 60
    path.write_text("_base_ = ['ltplug::_base_/datasets/digits-lt.py']\n")
    assert Config.fromfile(path).train_dataloader.dataset.type == 'ltplug.LongTailSubset'


def measured_rows() -> dict[str, list[tuple[str, str]]]:
    """Return where runs of the same accuracies by seed are told, and their means there."""
    rows = {}
    for page in (ROOT / 'README.md', *ROOT.glob('configs/*/README.md'), *ROOT.glob('docs/*.md')):
        for line in page.read_text(encoding='utf-8').splitlines():
            means, seeds = MEAN.findall(line), SEEDS.findall(line)
            if line.startswith('|') and len(means) == 4 and len(seeds) == 1:
                rows.setdefault(seeds[0], []).append((str(page.relative_to(ROOT)), ' '.join(means)))
    return rows


def test_every_page_has_the_same_figures_of_the_same_runs():
    rows = measured_rows()
    assert len(rows) > 40
    differing = [told for told in rows.values() if len({means for _, means in told}) > 1]
    assert not differing


def test_the_figures_of_the_front_page_are_those_of_metafiles(index):
    known = {' '.join(f'{value:.1f}' for value in result.metrics.values())
             for model in index.models for result in model.results or ()}
    front = [means for told in measured_rows().values() for page, means in told
             if page == 'README.md']
    assert front and set(front) <= known
