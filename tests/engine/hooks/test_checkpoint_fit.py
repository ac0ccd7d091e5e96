from contextlib import nullcontext

import pytest

from ltplug.apis import train
from ltplug.engine import CheckpointFitHook

from .test_class_counts import config


def test_a_new_classifier_on_old_features_is_allowed(tmp_path, capsys):
    cfg = config(tmp_path)
    train(cfg, tmp_path / 'first')
    cfg.model.head = dict(type='LinearClsHead', num_classes=10, in_channels=64,
                          loss=dict(type='ltplug.ReweightedCrossEntropyLoss', scheme='none'))
    cfg.load_from = str(tmp_path / 'first' / 'epoch_2.pth')
    cfg.default_hooks.checkpoint_fit.min_fraction = 0.9
    train(cfg, tmp_path / 'second')
    assert 'keep their initial values: head.fc.bias' in capsys.readouterr().out
    cfg.default_hooks.checkpoint_fit.min_fraction = 1.0
    with pytest.raises(RuntimeError, match='head.fc.bias is absent'):
        train(cfg, tmp_path / 'third')


@pytest.mark.parametrize(('body', 'sentence'), [
    ("depth=14, init_cfg=dict(type='Pretrained', checkpoint='{file}', prefix='backbone')",
     r'backbone.init_cfg: .*epoch_2.pth fits 35 of 65 tensors \(layer1.1.conv1.weight is absent'),
    ("depth=8, init_cfg=dict(type='Pretrained', checkpoint='{file}')",
     r'fits 0 of 35 tensors .* or its module with prefix=NAME'),
    ("depth=8, init_cfg=dict(type='Pretrained', checkpoint='{file}', prefix='bacbone.')",
     "has no tensors of 'bacbone', it has backbone, head: correct prefix"),
    ("depth=8, init_cfg=dict(type='Pretrained', checkpoint='{file}', prefix='backbone.')", None),
])
def test_a_module_is_not_initialised_from_a_file_that_does_not_fit(trained, tmp_path, body,
                                                                   sentence):
    cfg = config(tmp_path, f'model = dict(backbone=dict({body}))'.replace('{file}', str(trained)))
    with pytest.raises(RuntimeError, match=sentence) if sentence else nullcontext():
        train(cfg, tmp_path / 'run')
    assert sentence is None or not list((tmp_path / 'run').glob('*.pth'))


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp('trained')
    train(config(folder), folder)
    return folder / 'epoch_2.pth'


def test_fraction_is_checked():
    with pytest.raises(ValueError, match='got 90'):
        CheckpointFitHook(90)


def test_parts_of_no_checkpoint_are_refused(tmp_path):
    cfg = config(tmp_path)
    cfg.default_hooks.checkpoint_fit.parts = dict(backbone='backbone')
    with pytest.raises(RuntimeError, match=r"parts \('backbone'\) of a checkpoint, but there is "
                                           'none: name it with load_from'):
        train(cfg, tmp_path / 'run')
    assert not list((tmp_path / 'run').glob('*.pth'))
