import random

import numpy as np
import pytest
import torch
from mmengine.logging import MMLogger
from mmpretrain.registry import MODELS

from ltplug.datasets import Digits, DrawDataset, LongTailSubset
from ltplug.engine import extract_features
from ltplug.utils import progress, seed_everything
from tests.processes import call_ranks

BACKBONE = dict(type='ltplug.CIFARResNet', depth=8)
PREPROCESSOR = dict(mean=[77.8] * 3, std=[92.0] * 3)
MODELS_BY_KIND = {
    'classifier': dict(
        type='ImageClassifier', backbone=BACKBONE, neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=10, in_channels=64),
        data_preprocessor=PREPROCESSOR),
    'classifier without neck': dict(
        type='ImageClassifier', backbone=BACKBONE, data_preprocessor=PREPROCESSOR),
    'self-supervised': dict(
        type='SimCLR', backbone=BACKBONE,
        neck=dict(type='NonLinearNeck', in_channels=64, hid_channels=64, out_channels=16),
        head=dict(type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.1),
        data_preprocessor=dict(type='SelfSupDataPreprocessor', **PREPROCESSOR)),
    'contrastive with queue': dict(
        type='MoCo', queue_len=32, feat_dim=16, momentum=0.01, backbone=BACKBONE,
        neck=dict(type='MoCoV2Neck', in_channels=64, hid_channels=64, out_channels=16),
        head=dict(type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.1),
        data_preprocessor=dict(type='SelfSupDataPreprocessor', **PREPROCESSOR)),
}


def build(kind='classifier'):
    seed_everything(0)
    model = MODELS.build(MODELS_BY_KIND[kind])
    model.init_weights()
    return model


def digits(*transforms, **arguments):
    return Digits(pipeline=[*transforms, dict(type='PackInputs')], **arguments)


def expected_features(model, dataset):
    """Return the pooled maps of the backbone, computed by hand."""
    images = torch.stack([dataset[i]['inputs'] for i in range(len(dataset))]).float()
    with torch.no_grad():
        maps = model.eval().backbone((images - 77.8) / 92.0)[-1]
    return maps.mean((2, 3)).numpy()


@pytest.mark.parametrize('kind', list(MODELS_BY_KIND))
def test_all_kinds_of_models_give_pooled_maps(kind):
    model, dataset = build(kind), LongTailSubset(digits(), imbalance_ratio=50)
    found = extract_features(model, dataset, batch_size=50)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected_features(model, dataset), atol=1e-5)


def test_of_several_views_the_first_is_taken():
    model, dataset = build('self-supervised'), digits(split='test')
    flip = dict(type='RandomFlip', prob=1.0)
    views = digits(dict(type='MultiView', num_views=[1, 1], transforms=[[], [flip]]), split='test')
    np.testing.assert_array_equal(extract_features(model, views),
                                  extract_features(model, dataset))


@pytest.mark.parametrize('workers', [0, 2])
def test_a_file_holds_the_same_numbers(tmp_path, workers):
    model, dataset = build(), digits(split='test')
    expected = extract_features(model, dataset, 150)
    found = extract_features(model, dataset, 150, workers, tmp_path / 'features.npy')
    assert isinstance(found, np.memmap)
    np.testing.assert_array_equal(found, expected)
    assert [path.name for path in tmp_path.iterdir()] == ['features.npy']


def test_a_failure_leaves_no_file(tmp_path):
    class Broken(Digits):

        def prepare_data(self, idx):
            if idx == 300:
                raise OSError('unreadable')
            return super().prepare_data(idx)

    dataset = DrawDataset(Broken(split='test', pipeline=[dict(type='PackInputs')]))
    with pytest.raises(OSError, match='unreadable'):
        extract_features(build(), dataset, 100, out_file=tmp_path / 'features.npy')
    assert not list(tmp_path.iterdir())


def test_modes_statistics_and_random_streams_are_left_alone():
    model = build()
    model.train()
    model.backbone.layer1.eval()
    modes = {name: module.training for name, module in model.named_modules()}
    state = {key: value.clone() for key, value in model.state_dict().items()}
    random_crop = digits(dict(type='RandomCrop', crop_size=16, padding=2), split='test')
    seed_everything(3)
    expected = random.random(), np.random.rand(), torch.rand(3).tolist()
    seed_everything(3)
    first = extract_features(model, random_crop)
    assert (random.random(), np.random.rand(), torch.rand(3).tolist()) == expected
    assert {name: module.training for name, module in model.named_modules()} == modes
    assert all(state[key].equal(value) for key, value in model.state_dict().items())
    assert not np.array_equal(first, extract_features(model, random_crop)), 'chance was at work'


def test_a_log_tells_how_far_it_is(monkeypatch):
    monkeypatch.setattr(progress, 'SECONDS_BETWEEN_LINES', 0.0)
    model, lines = build(), []
    monkeypatch.setattr(MMLogger.get_current_instance(), 'info', lines.append)
    extract_features(model, digits(split='test'), 150)
    assert [line.partition(',')[0] for line in lines[:-1]] == [
        'Images: 150 of 400 images (38%)', 'Images: 300 of 400 images (75%)']
    assert lines[-1].startswith('Images: 400 images in 0:00:0')


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='list is empty'):
        extract_features(build(), [])
    model = build()
    model.extract_feat = lambda inputs: torch.zeros(len(inputs), 4, 5)
    with pytest.raises(ValueError, match=r'extract_feat gives \[256, 4, 5\] instead of vectors'):
        extract_features(model, digits())


SCRIPT = '''
import numpy as np
import torch.distributed as dist
from mmengine.registry import init_default_scope
init_default_scope('mmpretrain')
dist.init_process_group('gloo')
from tests.engine.test_features import build, digits
from ltplug.engine import extract_features
folder, rank = {folder!r}, dist.get_rank()
for total in (1, 8, 101, 400):  # on two ranks with 50 each: fewer than ranks, one short, odd, full
    found = extract_features(build(), digits(split='test', indices=total), 50)
    np.save(f'{{folder}}/memory_{{total}}_{{rank}}.npy', found)
found = extract_features(build(), digits(split='test'), 50, out_file=f'{{folder}}/file.npy')
np.save(f'{{folder}}/file_{{rank}}.npy', found)
'''


def test_two_processes_give_what_one_gives(tmp_path):
    result = call_ranks(2, SCRIPT.format(folder=str(tmp_path)))
    assert result.returncode == 0, result.stderr
    for total in (1, 8, 101, 400):
        expected = extract_features(build(), digits(split='test', indices=total), 50)
        ranks = [np.load(tmp_path / f'memory_{total}_{rank}.npy') for rank in (0, 1)]
        np.testing.assert_array_equal(ranks[0], ranks[1])
        # other batches, other rounding of the convolutions
        np.testing.assert_allclose(ranks[0], expected, atol=1e-6)
    for rank in (0, 1):
        np.testing.assert_array_equal(np.load(tmp_path / f'file_{rank}.npy'), ranks[0])
