import copy
import os
import signal

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import CenterCrop
from mmengine.config import Config
from mmpretrain.registry import MODELS, TRANSFORMS

from ltplug.apis import train
from ltplug.datasets import Digits, FeatureDataset, ImageFolderDataset, LongTailSubset
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.feature_cache import cache_key, why_not_cacheable

from ..runs import ROOT, train_in_two, weights
from ..runs import train as train_in_subprocess

BASES = ROOT / 'configs/_base_'
MODEL = dict(
    type='ltplug.FrozenBackboneClassifier',
    data_preprocessor=dict(mean=[77.8] * 3, std=[92.0] * 3),
    backbone=dict(type='ltplug.CIFARResNet', depth=8),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=10, in_channels=64))


def write_probe(folder, body=''):
    """Write a config that probes a random backbone on digits of which nothing is cropped."""
    path = folder / 'probe.py'
    path.write_text(f'''
_base_ = [
    '{BASES}/models/cifar-resnet32_cosine-ldam_probe.py',
    '{BASES}/datasets/digits-lt.py',
    '{BASES}/schedules/cosine-probe_200e.py',
    '{BASES}/default_runtime.py',
]
model = dict(backbone=dict(depth=8))
train_dataloader = dict(num_workers=0, dataset=dict(
    _delete_=True, type='ltplug.FeatureDataset', dataset=dict(
        type='ltplug.LongTailSubset', imbalance_ratio=50, dataset=dict(
            type='ltplug.Digits', split='train', pipeline=[dict(type='PackInputs')]))))
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
train_cfg = dict(max_epochs=4, val_interval=4)
{body}
''')
    return path


def logged(work_dir):
    return '\n'.join(path.read_text() for path in work_dir.glob('*/*.log'))


def train_both_ways(folder, **changes):
    """Train with and without cache; returns results, final weights and logs."""
    outcomes = []
    for way in ('cached', 'uncached'):
        cfg = Config.fromfile(write_probe(folder))
        cfg.merge_from_dict(changes)
        if way == 'uncached':
            cfg.default_hooks.pop('feature_cache')
        results = train(cfg, folder / way)
        outcomes.append((results, weights(folder / way / 'epoch_4.pth'), logged(folder / way)))
    return outcomes


@pytest.mark.parametrize('workers', [0, 2])
def test_the_cached_probe_is_the_uncached_probe(tmp_path, workers):
    changes = {'train_dataloader.num_workers': workers,
               'train_dataloader.persistent_workers': workers > 0}
    (cached, found, log), (uncached, expected, _) = train_both_ways(tmp_path, **changes)
    assert 'Computed the features of 371 images' in log
    assert cached['metrics'] == uncached['metrics']
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        # The convolutions round by batch size: 256 images in the cache, 32 in training.
        torch.testing.assert_close(found[key], value, atol=1e-5, rtol=1e-4)
    assert [path.suffix for path in (tmp_path / 'cached/feature_cache').iterdir()] == ['.npy']


def test_in_equal_batches_the_weights_are_equal_bit_by_bit(tmp_path):
    # one batch, of all images in the same order of magnitude as the cache's
    (_, found, _), (_, expected, _) = train_both_ways(
        tmp_path, **{'train_dataloader.batch_size': 371,
                     'default_hooks.feature_cache.batch_size': 371})
    assert all(torch.equal(found[key], value) for key, value in expected.items())


def test_only_the_head_was_trained_and_the_file_is_used_again(tmp_path):
    cfg = Config.fromfile(write_probe(tmp_path))
    cfg.default_hooks.feature_cache.cache_dir = str(tmp_path / 'shared')
    cfg.default_hooks.checkpoint.max_keep_ckpts = 4
    train(cfg, tmp_path / 'first')
    states = [load_checkpoint_file(tmp_path / f'first/epoch_{i}.pth')['state_dict'] for i in (1, 4)]
    changed = {key for key, value in states[0].items() if not value.equal(states[1][key])}
    assert changed == {'head.fc.weight'}
    (path, ) = (tmp_path / 'shared').iterdir()
    written = path.stat().st_mtime_ns
    train(cfg, tmp_path / 'second')
    assert path.stat().st_mtime_ns == written and len(list(path.parent.iterdir())) == 1
    assert 'Found the features of 371 images' in logged(tmp_path / 'second')
    cfg.randomness.seed = 1  # other initial weights
    train(cfg, tmp_path / 'third')
    assert len(list(path.parent.iterdir())) == 2


KILL = '''
import os, signal
from mmengine.hooks import IterTimerHook
def kill(self, runner, batch_idx, data_batch=None, outputs=None):
    if runner.iter == 30:
        os.kill(os.getpid(), signal.SIGKILL)
IterTimerHook.after_train_iter = kill
'''


def test_a_killed_probe_resumes_bit_identical_with_the_same_file(tmp_path):
    config = write_probe(tmp_path)
    train(config, tmp_path / 'whole', validate=False)
    result = train_in_subprocess(config, tmp_path / 'run', '--no-validate', before=KILL)
    assert result.returncode == -signal.SIGKILL, result.stderr
    (path, ) = (tmp_path / 'run/feature_cache').iterdir()
    written = path.stat().st_mtime_ns
    train(config, tmp_path / 'run', resume='auto', validate=False)
    assert path.stat().st_mtime_ns == written
    found, expected = (weights(tmp_path / name / 'epoch_4.pth') for name in ('run', 'whole'))
    assert all(torch.equal(found[key], value) for key, value in expected.items())


def test_random_transforms_are_trained_on_images(tmp_path):
    cfg = Config.fromfile(write_probe(tmp_path))
    cfg.train_dataloader.dataset.dataset.dataset.pipeline.insert(
        0, dict(type='RandomCrop', crop_size=16, padding=2))
    cfg.train_cfg.max_epochs = 1
    train(cfg, tmp_path / 'run', validate=False)
    assert not (tmp_path / 'run/feature_cache').exists()
    assert ('Features are computed anew in every epoch: RandomCrop is not known to be '
            'deterministic.') in logged(tmp_path / 'run')


def test_two_processes_share_one_file(tmp_path):
    config = write_probe(tmp_path, 'train_dataloader["batch_size"] = 16')
    result = train_in_two(config, tmp_path / 'two', '--no-validate')
    assert result.returncode == 0, result.stdout + result.stderr
    assert len(list((tmp_path / 'two/feature_cache').iterdir())) == 1
    train(write_probe(tmp_path), tmp_path / 'one', validate=False)
    found, expected = (weights(tmp_path / name / 'epoch_4.pth') for name in ('two', 'one'))
    for key, value in expected.items():
        torch.testing.assert_close(found[key], value, atol=1e-4, rtol=1e-4)


def build_model(**changes):
    torch.manual_seed(0)
    return MODELS.build(copy.deepcopy({**MODEL, **changes}))


def build_data(*transforms, seed=0, **arguments):
    source = Digits(pipeline=[*transforms, dict(type='PackInputs')], **arguments)
    return FeatureDataset(LongTailSubset(source, imbalance_ratio=50, seed=seed))


def test_the_key_changes_with_what_determines_the_features():
    crop = dict(type='CenterCrop', crop_size=12)
    trained = build_model()
    with torch.no_grad():
        trained.backbone.norm1.running_mean[0] += 1e-3
    other_pixels = build_data()
    image = other_pixels.dataset.dataset.get_data_info
    other_pixels.dataset.dataset.get_data_info = lambda i: {**image(i), 'img': image(i)['img'] ^ 1}
    other_label = build_data()
    other_label.dataset._labels = other_label.dataset._labels.copy()
    other_label.dataset._labels[other_label.dataset.indices[0]] += 1
    keys = [cache_key(model, data) for model, data in [
        (build_model(), build_data()),
        (trained, build_data()),
        (build_model(neck=dict(type='GeneralizedMeanPooling')), build_data()),
        (build_model(data_preprocessor=dict(mean=[77.8] * 3, std=[91.0] * 3)), build_data()),
        (build_model(data_preprocessor=dict(to_rgb=True, **MODEL['data_preprocessor'])),
         build_data()),
        (build_model(), build_data(crop)),
        (build_model(), build_data({**crop, 'crop_size': 14})),
        (build_model(), build_data(size=17)),
        (build_model(), build_data(seed=1)),
        (build_model(), other_pixels),
        (build_model(), other_label),
    ]]
    assert len(set(keys)) == len(keys)
    other_head = build_model(head=dict(type='ltplug.CosineLinearClsHead', num_classes=10,
                                       in_channels=64))
    assert cache_key(other_head, build_data()) == keys[0], 'the head does not matter'


def test_the_key_of_files_changes_with_path_size_and_time(tmp_path):
    for label in 'ab':
        (tmp_path / label).mkdir()
        cv2.imwrite(str(tmp_path / label / '0.png'), np.zeros((8, 8, 3), np.uint8))
    pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]

    def key():
        return cache_key(build_model(), FeatureDataset(
            ImageFolderDataset(data_root=str(tmp_path), pipeline=pipeline)))

    image = tmp_path / 'a' / '0.png'
    keys = [key()]
    assert key() == keys[0]
    os.utime(image, ns=(1, 1))
    keys.append(key())
    image.write_bytes(image.read_bytes() + b'0')
    os.utime(image, ns=(1, 1))
    keys.append(key())
    image.rename(tmp_path / 'a' / '1.png')
    keys.append(key())
    assert len(set(keys)) == 4


@TRANSFORMS.register_module(force=True)
class JitteredCenterCrop(CenterCrop):
    """A deterministic transform's heir, which need not be so."""


@pytest.mark.parametrize(('changes', 'transforms', 'reason'), [
    (dict(type='ImageClassifier'), [], 'ImageClassifier is no ltplug.FrozenBackboneClassifier'),
    (dict(frozen=['backbone.conv1']), [], 'a part of backbone and neck is trained'),
    (dict(norm_mode='train'), [], 'the frozen parts follow the batches'),
    (dict(data_preprocessor=dict(type='ClsDataPreprocessor')), [], 'takes images only'),
    (dict(train_cfg=dict(augments=dict(type='Mixup', alpha=0.2))), [], 'mixes images'),
    (dict(), [dict(type='RandomFlip', prob=0.5)], 'RandomFlip is not known to be'),
    (dict(), [dict(type='JitteredCenterCrop', crop_size=12)], 'JitteredCenterCrop is not known'),
])
def test_reasons_not_to_cache(changes, transforms, reason):
    assert reason in why_not_cacheable(build_model(**changes), build_data(*transforms))


def test_images_elsewhere_are_not_cached():
    data = build_data()
    data.dataset.dataset.get_data_info = lambda index: {'img_path': 's3://bucket/image.png'}
    assert 'neither in memory nor local files' in why_not_cacheable(build_model(), data)
    assert why_not_cacheable(build_model(), build_data()) is None
