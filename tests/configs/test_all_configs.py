"""Every config is named and listed as it should be, trains, and saves what a test run loads."""

import json
import math
import re
from pathlib import Path

import pytest
import torch
import yaml
from mmengine.config import Config
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner
from mmpretrain.registry import MODELS

from ltplug.apis import test as run_test
from ltplug.apis import train
from ltplug.datasets.class_orders import find_class_order
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.config_check import check_config
from ltplug.engine.checkpoint_meta import META_KEY
from ltplug.ops import long_tail_counts
from ltplug.utils import flatten

from .fake_data import IMAGES_PER_CLASS, dicts_in, shrink, write_pseudo_labels
from .listing import assert_listed

ROOT = Path(__file__).parent.parent.parent
CONFIGS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob('configs/*/*.py')
                 if path.parent.name != '_base_' and not path.stem.endswith('_recipe'))
NAME = re.compile(r'[a-z0-9-]+_[a-z0-9-]+_(?P<epochs>\d+)e_[a-z0-9-]+?(-ir(?P<ratio>\d+))?\.py')

# Configs that differ in the ratio: they shrink to the same small one, which is trained once.
BY_RATIO = {}
for _name in CONFIGS:
    if '-ir' in _name:
        BY_RATIO.setdefault(_name.rpartition('-ir')[0], []).append(_name)
OF_THE_RATIO = {'imbalance_ratio', 'size', 'pseudo_labels'}

every_config = pytest.mark.parametrize('name', CONFIGS)


@pytest.fixture(scope='module')
def models_tested_again():
    """Remember the models that were loaded and tested once more; configs may share a model."""
    return set()


@pytest.fixture(scope='module')
def trained_already():
    """Remember the small configs that were trained; those of all ratios of a data set are one."""
    return {}


@pytest.fixture
def trained(monkeypatch):
    """Collect the models of all finished trainings."""
    models = []
    original = Runner.train

    def spy(runner):
        models.append(original(runner))
        return models[-1]

    monkeypatch.setattr(Runner, 'train', spy)
    return models


@pytest.fixture
def left_out(monkeypatch):
    """Collect the shapes of parameters that have no gradient in some step."""
    shapes = []
    original = OptimWrapper.step

    def spy(wrapper, **kwargs):
        shapes.extend(tuple(parameter.shape) for group in wrapper.param_groups
                      for parameter in group['params']
                      if parameter.requires_grad and parameter.grad is None)
        return original(wrapper, **kwargs)

    monkeypatch.setattr(OptimWrapper, 'step', spy)
    return shapes


def logged_losses(work_dir: Path) -> list[float]:
    """Return the losses that a run has written."""
    (log,) = work_dir.glob('*/vis_data/scalars.json')
    records = [json.loads(line) for line in log.read_text().splitlines()]
    return [record['loss'] for record in records if 'loss' in record]


def long_tail(cfg: Config) -> dict:
    """Return the config of the outermost subset that training images are carved by, if any.

    Of semi-supervised data, the labelled images are meant.
    """
    dataset = cfg.train_dataloader.dataset
    return next((node for node in dicts_in(dataset.get('labeled', dataset))
                 if node.get('type') == 'ltplug.LongTailSubset'), {})


def test_there_are_configs():
    assert len(CONFIGS) >= 90


@every_config
def test_nothing_in_it_is_ignored(name):
    check_config(Config.fromfile(ROOT / name))


@every_config
def test_its_name_tells_the_truth(name):
    match = NAME.fullmatch(Path(name).name)
    assert match, 'not named <method>_<backbone>_<epochs>_<dataset>.py'
    cfg = Config.fromfile(ROOT / name)
    assert cfg.train_cfg.max_epochs == int(match['epochs'])
    if match['ratio']:
        assert long_tail(cfg).imbalance_ratio == int(match['ratio'])


@pytest.mark.parametrize('names', [names for names in BY_RATIO.values() if len(names) > 1],
                         ids=lambda names: names[0])
def test_configs_of_other_ratios_are_the_same_otherwise(names):
    first, *others = ({key: value for key, value in flatten(Config.fromfile(ROOT / name).to_dict())
                       if key.split('.')[-1] not in OF_THE_RATIO} for name in names)
    assert all(other == first for other in others)


@every_config
def test_its_folder_lists_it(name):
    assert_listed(ROOT / name)


@every_config
def test_its_parts_agree(name):
    cfg = Config.fromfile(ROOT / name)
    parts = [cfg.data_preprocessor, cfg.model.get('head'), cfg.model.get('class_targets'),
             cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader, cfg.default_hooks]
    assert len({node.num_classes for node in dicts_in(parts) if 'num_classes' in node}) <= 1
    assert is_classifier(cfg.model) == ('num_classes' in cfg.data_preprocessor)
    scaling = cfg.auto_scale_lr  # the rate is that of the batch, or else is fitted to it
    assert scaling.enable or scaling.base_batch_size == cfg.train_dataloader.batch_size
    epochs, sampler = cfg.train_cfg.max_epochs, cfg.train_dataloader.sampler
    assert sampler.get('total_epochs', epochs) == epochs
    assert sampler.get('begin_epoch', epochs * 4 // 5) == epochs * 4 // 5


def is_classifier(model: dict) -> bool:
    """Return whether a model predicts classes, unlike one that only learns features."""
    return 'num_classes' in model.get('head', {})


def first_width(model: dict) -> int:
    """Return the width of the features that the first layer after the backbone takes."""
    return (model.neck if 'in_channels' in model.neck else model.head).in_channels


def test_heads_fit_their_backbones():
    models = [Config.fromfile(ROOT / name).model for name in CONFIGS]
    models = [model for model in models
              if is_classifier(model) or 'in_channels' in model.get('neck', {})]
    backbones = {json.dumps(model.backbone.to_dict(), sort_keys=True): model.backbone
                 for model in models}
    for key, backbone in backbones.items():
        network = MODELS.build(backbone)
        network.eval()  # mmpretrain's ResNet returns nothing
        with torch.no_grad():
            (features,) = network(torch.zeros(1, 3, 32, 32))
        widths = {first_width(model) for model in models
                  if json.dumps(model.backbone.to_dict(), sort_keys=True) == key}
        assert widths == {features.shape[1]}
    for model in models:
        if not is_classifier(model):
            continue
        heads = [model.head, model.get('rotation_head') or model.head]
        assert {head.in_channels for head in heads} == {
            model.neck.get('out_channels', model.head.in_channels)}


@pytest.mark.parametrize('folder', sorted({Path(name).parent.name for name in CONFIGS}))
def test_metafile_and_readme_agree(folder):
    folder = ROOT / 'configs' / folder
    readme = (folder / 'README.md').read_text(encoding='utf-8')
    metafile = yaml.safe_load((folder / 'metafile.yml').read_text(encoding='utf-8'))
    (collection,) = metafile['Collections']
    assert (ROOT / collection['README']).samefile(folder / 'README.md')
    for model in metafile['Models']:
        assert (ROOT / model['Config']).stem == model['Name']
        assert model['In Collection'] == collection['Name']
        for result in model.get('Results', ()):
            numbers = [rf'{value}(?: ± [\d.]+)? \| ' for value in result['Metrics'].values()]
            assert re.search(r'\| ' + ''.join(numbers), readme), model['Name']


@every_config
def test_it_trains_saves_and_loads(name, data, less_to_wait_for, trained, trained_already,
                                   models_tested_again, left_out, tmp_path, monkeypatch):
    monkeypatch.chdir(data)
    cfg = Config.fromfile(ROOT / name)
    deferred = cfg.default_hooks.get('deferred_reweighting')
    # By default classes are weighted from round(0.8 * epochs) on: of three epochs, in the last.
    epochs = 2 if deferred is None else 3
    cfg = shrink(cfg, epochs)
    twin = trained_already.setdefault(json.dumps(cfg.to_dict(), sort_keys=True), name)
    if twin != name:
        pytest.skip(f'{twin} shrinks to the same config')
    write_pseudo_labels(cfg)
    cfg.default_hooks.get('checkpoint_fit', {}).pop('parts', None)  # of a stage not run here
    results = train(cfg, work_dir=tmp_path)

    losses = logged_losses(tmp_path)
    assert len(losses) == epochs
    assert all(map(math.isfinite, losses))
    assert bool(results) == (cfg.test_dataloader is not None)
    if results:
        assert math.isfinite(results['metrics']['group_accuracy/top1'])

    # DDP waits for the gradients of all parameters unless the config says otherwise
    assert bool(left_out) == cfg.get('find_unused_parameters', False)
    (model,) = trained
    if deferred is not None:
        assert model.head.loss_module.scheme == deferred.get('scheme', 'effective')

    checkpoint = load_checkpoint_file(tmp_path / f'epoch_{epochs}.pth')
    assert checkpoint['meta']['iter'] == epochs
    pseudo = 'pseudo_labels' in cfg.train_dataloader.dataset
    found = checkpoint['meta'][META_KEY]['group_counts' if pseudo else 'class_counts']
    largest = long_tail(cfg).get('max_count', IMAGES_PER_CLASS)
    counts = long_tail_counts(largest, len(found), largest)
    order = find_class_order(long_tail(cfg).get('class_order') or range(len(counts)))
    assert [found[label] for label in order] == counts.tolist()
    weights = model.state_dict()
    assert checkpoint['state_dict'].keys() == weights.keys()
    for key, value in checkpoint['state_dict'].items():
        assert value.isfinite().all(), key
        assert torch.equal(value, weights[key].cpu()), key

    key = json.dumps(cfg.model.to_dict(), sort_keys=True)
    if results and key not in models_tested_again:
        models_tested_again.add(key)
        again = run_test(cfg, results['checkpoint'], work_dir=tmp_path / 'again')
        assert again['metrics'] == results['metrics']
        assert again['groups'] == results['groups']
