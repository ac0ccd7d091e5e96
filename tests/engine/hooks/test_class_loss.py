import signal
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.runner import EpochBasedTrainLoop
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from ltplug.engine import ClassLossHook
from ltplug.engine.hooks.class_loss import FILE

from ..runs import train, train_in_two, weights, write_config
from ..test_distributed import CE, GROUP_NORM
from ..test_resume import KILL_AT_ITERATION, assert_same, loader

COUNTS = [9, 4, 2, 0]
HOOK = "default_hooks = dict(class_loss=dict(type='ltplug.ClassLossHook'))\n"


def build(loss):
    head = MODELS.build(dict(type='LinearClsHead', num_classes=4, in_channels=3, loss=loss))
    torch.nn.init.normal_(head.fc.weight)
    model = torch.nn.Module()
    model.head = head
    return model.train()


def batch(size, seed):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(size, 3, generator=generator)
    labels = torch.randint(3, (size, ), generator=generator)
    return features, labels, [DataSample().set_gt_label(label) for label in labels]


def record(model, folder, batches, **kwargs):
    hook = ClassLossHook(**kwargs)
    hook.set_class_counts(COUNTS)
    runner = SimpleNamespace(model=model, train_loop=None, work_dir=folder,
                             _train_loop=Mock(spec=EpochBasedTrainLoop))
    hook.before_run(runner)
    hook.before_train_epoch(runner)
    for features, samples in batches:
        model.head.loss((features, ), samples)
    hook.after_train_epoch(runner)
    hook.after_train(runner)
    with np.load(folder / FILE) as arrays:
        return dict(arrays)


@pytest.mark.parametrize('loss', [
    dict(type='CrossEntropyLoss'),
    dict(type='ltplug.ReweightedCrossEntropyLoss', scheme='none'),
])
def test_losses_are_means_over_the_samples_of_a_class(loss, tmp_path):
    model = build(loss)
    drawn = [batch(size, seed) for seed, size in enumerate((12, 7, 5))]
    found = record(model, tmp_path, [(features, samples) for features, _, samples in drawn])
    labels = torch.cat([labels for _, labels, _ in drawn])
    scores = model.head.fc(torch.cat([features for features, _, _ in drawn]))
    losses = F.cross_entropy(scores, labels, reduction='none').detach()
    expected = [losses[labels == label].mean() for label in range(3)]
    np.testing.assert_allclose(found['loss'][0, :3], expected, rtol=1e-5)
    assert np.isnan(found['loss'][0, 3]) and found['loss'].shape == (1, 4)
    assert found['samples'].tolist() == [np.bincount(labels, minlength=4).tolist()]
    assert found['class_counts'].tolist() == COUNTS


@pytest.mark.parametrize('loss', [
    dict(type='LabelSmoothLoss', label_smooth_val=0.1, num_classes=4), dict(type='FocalLoss'),
    dict(type='SeesawLoss', num_classes=4),
    dict(type='ltplug.LDAMLoss', class_counts=[9, 4, 2, 1]),
    dict(type='ltplug.ReweightedFocalLoss', class_counts=[9, 4, 2, 1], normalizer='batch'),
])
def test_they_add_up_to_the_loss_of_the_batch(loss, tmp_path):
    model = build(loss)
    features, _, samples = batch(20, 0)
    before = {key: value.clone() for key, value in model.head.loss_module.named_buffers()}
    expected = model.head.loss((features, ), samples)['loss'].item()
    after = {key: value.clone() for key, value in model.head.loss_module.named_buffers()}
    for key, value in model.head.loss_module.named_buffers():
        value.copy_(before[key])
    found = record(model, tmp_path, [(features, samples)])
    mean = np.nansum(found['loss'] * found['samples']) / 20
    assert mean == pytest.approx(expected, rel=1e-5)
    for key, value in model.head.loss_module.named_buffers():
        assert value.equal(after[key]), 'the batch was counted once'


def test_mixed_labels_count_by_their_shares(tmp_path):
    model = build(dict(type='CrossEntropyLoss', use_soft=True))
    features, _, _ = batch(2, 0)
    mixed = torch.tensor([[0.75, 0.25, 0, 0], [0, 0, 1, 0]])
    samples = [DataSample().set_gt_score(score) for score in mixed]
    found = record(model, tmp_path, [(features, samples)])
    losses = F.cross_entropy(model.head.fc(features), mixed, reduction='none').detach()
    np.testing.assert_allclose(found['loss'][0, :3], losses[[0, 0, 1]], rtol=1e-5)
    assert found['samples'].tolist() == [[0.75, 0.25, 1, 0]]


def test_mistakes_are_told(tmp_path):
    model = build(dict(type='CrossEntropyLoss'))
    with pytest.raises(ValueError, match='finds no tail.loss_module in the model'):
        record(model, tmp_path, [], module='tail.loss_module')
    with pytest.raises(ValueError, match='heard nothing from head.loss_module'):
        record(model, tmp_path, [])


def test_a_run_is_the_same_and_a_resumed_one_goes_on(tmp_path):
    plain = write_config(tmp_path, 'model = dict(backbone=dict(depth=8))\n', CE)
    result = train(plain, tmp_path / 'plain', *loader(0))
    assert result.returncode == 0, result.stderr
    config = write_config(tmp_path, 'model = dict(backbone=dict(depth=8))\n' + HOOK, CE)
    result = train(config, tmp_path / 'whole', *loader(0))
    assert result.returncode == 0, result.stderr
    assert_same(weights(tmp_path / 'whole/epoch_4.pth'), weights(tmp_path / 'plain/epoch_4.pth'))
    result = train(config, tmp_path / 'killed', *loader(0), before=KILL_AT_ITERATION)
    assert result.returncode == -signal.SIGKILL, result.stderr
    result = train(config, tmp_path / 'killed', '--resume', *loader(0))
    assert result.returncode == 0, result.stderr
    whole, resumed = (np.load(tmp_path / name / FILE) for name in ('whole', 'killed'))
    for key in ('loss', 'samples', 'class_counts'):
        np.testing.assert_array_equal(whole[key], resumed[key])
    assert whole['samples'].tolist() == [whole['class_counts'].tolist()] * 4
    assert whole['loss'].shape == (4, 10) and (whole['loss'][-1, 0] < whole['loss'][0, 0])


def test_two_processes_record_what_one_records(tmp_path):
    body = f"""
param_scheduler = [dict(type='ConstantLR', factor=1.0)]
optim_wrapper = dict(optimizer=dict(lr=1e-3))
model = dict(backbone=dict(depth=8{GROUP_NORM}))
""" + HOOK
    for name, size in (('alone', 32), ('together', 16)):
        (tmp_path / name).mkdir()
        config = write_config(tmp_path / name, body + f'train_dataloader = dict(batch_size={size})',
                              CE, epochs=1)
        start = train if size == 32 else train_in_two
        result = start(config, tmp_path / name / 'run')
        assert result.returncode == 0, result.stdout + result.stderr
    alone, together = (np.load(tmp_path / name / 'run' / FILE) for name in ('alone', 'together'))
    np.testing.assert_allclose(together['loss'], alone['loss'], rtol=1e-4)
    np.testing.assert_array_equal(together['samples'], alone['samples'])
