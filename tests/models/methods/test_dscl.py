import signal

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.model import MMDistributedDataParallel

from ltplug.models import DecoupledSupConLoss, PatchDistillationLoss
from ltplug.models.utils import running_statistics_kept
from ltplug.ops import pool_patches
from tests.engine.runs import ROOT, train, weights
from tests.models.methods.small import LABELS, PARTS, QUEUE, batch, build
from tests.ranks import on_two_ranks

BATCH_NORM = dict(
    backbone=dict(type='ltplug.CIFARResNet', depth=8),
    neck=dict(type='NonLinearNeck', in_channels=64, hid_channels=64, out_channels=16))


def batch_with_crops(num_patches=3, seed=0):
    views, samples = batch(seed=seed, num_views=2 + num_patches)
    views = views[:2] + [crop[:, :, :6, :6] for crop in views[2:]]
    corners = torch.rand(len(samples), num_patches, 2, 2,
                         generator=torch.Generator().manual_seed(seed)) * 8
    boxes = torch.cat([corners.amin(dim=2), corners.amax(dim=2)], dim=2)
    for sample, places in zip(samples, boxes, strict=True):
        sample.set_field(places, 'patch_boxes')
    return views, samples, boxes


def features_of(model, views, boxes):
    """Query, teacher and student of a model without batch norm, by a loop over crops."""
    maps = model.backbone(views[0])
    regions = pool_patches(maps[-1], boxes, (8, 8))
    teacher = [F.normalize(model.neck((regions[:, j], ))[0], dim=1) for j in range(boxes.shape[1])]
    student = [model.project(crop) for crop in views[2:]]
    return model.project(views[0]), torch.stack(teacher, dim=1), torch.stack(student, dim=1)


@pytest.mark.parametrize('mode', ['roi', 'view', 'multi_crop'])
def test_losses_are_those_of_the_projected_views_and_patches(mode):
    model, (views, samples, boxes) = build('DSCL', patch_mode=mode, **QUEUE), batch_with_crops()
    model(*batch(seed=1), mode='loss')  # keys with labels
    entries, labels = model.queue.entries(), torch.tensor(LABELS)
    found = model(views, samples, mode='loss')
    query, teacher, student = features_of(model, views, boxes)
    key = F.normalize(model.encoder_k(views[1])[0], dim=1)
    queue = entries.features, entries.labels
    per_view = [DecoupledSupConLoss()(each, key, labels, *queue)
                for each in (query, *student.unbind(1))]
    if mode == 'multi_crop':
        assert set(found) == {'loss_dscl'}
        torch.testing.assert_close(found['loss_dscl'], torch.stack(per_view).mean())
        return
    if mode == 'view':
        teacher = query[:, None].expand_as(student)
    loss, divergence = PatchDistillationLoss(loss_weight=1.5).with_divergence(
        teacher, student, key, entries.features)
    torch.testing.assert_close(found['loss_dscl'], per_view[0])
    torch.testing.assert_close(found['loss_pbsd'], loss)
    torch.testing.assert_close(found['kl_pbsd'], divergence)
    total, logged = model.parse_losses(found)
    torch.testing.assert_close(total, per_view[0] + loss)
    assert logged['kl_pbsd'] == found['kl_pbsd'] > 0
    place = model.queue.pointer - 6  # the keys enter after the loss
    assert model.queue.features[place:][:6].equal(key) and model.queue.labels[place:][:6].equal(
        labels)
    assert not entries.features.equal(model.queue.features)


def test_without_crops_there_is_no_distillation():
    views, samples = batch()
    found = build('DSCL', **QUEUE)(views, samples, mode='loss')
    expected = build('SupConMoCo', loss=dict(type='ltplug.DecoupledSupConLoss'), **QUEUE)(
        views, samples, mode='loss')
    assert set(found) == {'loss_dscl'} and found['loss_dscl'].equal(expected['loss'])


def test_the_teacher_keeps_no_graph_and_gets_no_gradient():
    model, (views, samples, boxes) = build('DSCL', **QUEUE), batch_with_crops()
    maps, saved = model.backbone(views[0]), []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: saved.append(x) or x, lambda x: x):
        teacher = model.patch_features(maps[-1], samples, (8, 8))
    assert saved == [] and not teacher.requires_grad and maps[-1].requires_grad
    entries, parameters = model.queue.entries(), list(model.backbone.parameters())
    found = torch.autograd.grad(model(views, samples, mode='loss')['loss_pbsd'], parameters)
    _, _, student = features_of(model, views, boxes)
    key = F.normalize(model.encoder_k(views[1])[0], dim=1)
    loss = model.patch_loss(teacher, student, key, entries.features)
    for one, other in zip(found, torch.autograd.grad(loss, parameters), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('mode', ['roi', 'view', 'multi_crop'])
def test_patches_leave_the_running_statistics_alone(mode):
    views, samples, _ = batch_with_crops()
    expected = build('DSCL', **BATCH_NORM, **QUEUE)
    expected(views[:2], samples, mode='loss')
    model = build('DSCL', patch_mode=mode, **BATCH_NORM, **QUEUE)
    losses = model(views, samples, mode='loss')
    for name, value in expected.named_buffers():
        assert value.equal(dict(model.named_buffers())[name]), name
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert model.backbone.norm1.track_running_stats
    moved = build('DSCL', patch_mode=mode, crops_move_statistics=True, **BATCH_NORM, **QUEUE)
    found = moved(views, samples, mode='loss')
    assert moved.backbone.norm1.num_batches_tracked == 2
    assert not moved.backbone.norm1.running_mean.equal(model.backbone.norm1.running_mean)
    for name, value in losses.items():
        assert found[name].equal(value), name


def test_kept_statistics_are_put_back_after_an_error_and_frozen_layers_stay_frozen():
    norm, frozen = torch.nn.BatchNorm1d(3), torch.nn.BatchNorm1d(3).eval()
    values = torch.randn(8, 3, generator=torch.Generator().manual_seed(0)) * 5 + 2
    with pytest.raises(KeyError), running_statistics_kept(torch.nn.Sequential(norm, frozen)):
        torch.testing.assert_close(norm(values).mean(dim=0), torch.zeros(3), atol=1e-5, rtol=0)
        torch.testing.assert_close(frozen(values), values, rtol=1e-4, atol=0)
        raise KeyError
    assert norm.num_batches_tracked == 0 and not norm.running_mean.any()
    norm(values)
    assert norm.num_batches_tracked == 1 and norm.running_mean.any()


VARIANTS = [dict(patch_mode='roi'), dict(patch_mode='multi_crop'),
            dict(loss=dict(type='ltplug.DecoupledSupConLoss', in_batch=True))]


def train_steps(rank, variant, sizes):
    model = build('DSCL', **variant, **QUEUE)
    if len(sizes) > 1:
        model = MMDistributedDataParallel(model, broadcast_buffers=False)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05)
    share, logged = slice(sum(sizes[:rank]), sum(sizes[:rank + 1])), []
    for step in range(4):
        views, samples, _ = batch_with_crops(seed=step)
        torch.manual_seed(step + 100 * rank)
        losses = model([view[share] for view in views], samples[share], mode='loss')
        optimizer.zero_grad()
        sum(value for name, value in losses.items() if 'loss' in name).backward()
        optimizer.step()
        logged.append([value.item() for value in losses.values()])
    return logged, getattr(model, 'module', model).state_dict()


def train_variants(rank, sizes):
    return [train_steps(rank, variant, sizes) for variant in VARIANTS]


@pytest.mark.parametrize('sizes', [(3, 3), (2, 4)])
def test_two_ranks_learn_what_one_process_learns(sizes):
    expected = train_variants(0, (6, ))
    first, second = on_two_ranks(train_variants, sizes)
    for (logged, state), one, other in zip(expected, first, second, strict=True):
        np.testing.assert_allclose((np.array(one[0]) + other[0]) / 2, logged, atol=1e-5)
        for key, value in state.items():
            if key.startswith('queue'):
                assert one[1][key].equal(other[1][key]), key
            for found in (one[1][key], other[1][key]):
                torch.testing.assert_close(found, value, rtol=1e-5, atol=1e-5, msg=key)
        assert one[1]['queue.labels'].min() >= 0


CONFIG = f'''
_base_ = ['{ROOT}/configs/_base_/datasets/digits-lt.py',
          '{ROOT}/configs/_base_/default_runtime.py']
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
data_preprocessor = dict(_delete_=True, type='SelfSupDataPreprocessor', mean=[77.8] * 3,
                         std=[92.0] * 3)
model = dict(type='ltplug.DSCL', backbone={BATCH_NORM['backbone']}, neck={PARTS['neck']},
             queue_len=100, feat_dim=16, momentum=0.1)
crop = dict(type='RandomCrop', crop_size=16, padding=2)
train_dataloader = dict(dataset=dict(dataset=dict(pipeline=[
    dict(type='ltplug.GlobalPatchViews', geometry=[crop], query=[], key=[crop],
         crop=[dict(type='RandomErasing', erase_prob=0.5)], num_patches=2, patch_size=8),
    dict(type='PackInputs', algorithm_keys=['patch_boxes'])])))
default_hooks = dict(ratio=dict(type='ltplug.GradientRatioHook', interval=2))
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9))
train_cfg = dict(by_epoch=True, max_epochs=3)
'''
KILL = '''
import os, signal
from mmengine.hooks import IterTimerHook
def kill(self, runner, batch_idx, data_batch=None, outputs=None):
    if runner.iter == 15:  # in epoch 2 of 12 iterations each
        os.kill(os.getpid(), signal.SIGKILL)
IterTimerHook.after_train_iter = kill
'''


def test_killed_and_resumed(tmp_path):
    config = tmp_path / 'dscl.py'
    config.write_text(CONFIG)
    result = train(config, tmp_path / 'whole')
    assert result.returncode == 0, result.stderr
    assert 'Epoch(gradient ratio) [3]  gradient_ratio/many: 0.' in result.stdout
    killed = train(config, tmp_path / 'killed', before=KILL)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = train(config, tmp_path / 'killed', '--resume')
    assert resumed.returncode == 0, resumed.stderr
    expected, found = (weights(tmp_path / name / 'epoch_3.pth') for name in ('whole', 'killed'))
    assert found.keys() == expected.keys()
    assert {'model.queue.features', 'model.queue.labels', 'model.queue.pointer',
            'model.encoder_k.steps', 'model.encoder_k.module.0.conv1.weight'} <= found.keys()
    for name, value in expected.items():
        assert found[name].equal(value), name


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="one of roi, view, multi_crop, got 'patch'"):
        build('DSCL', patch_mode='patch')
    views, samples, _ = batch_with_crops()
    with pytest.raises(ValueError, match=r"needs the places of the crops.*\['patch_boxes'\]"):
        build('DSCL', **QUEUE)(views, batch()[1], mode='loss')
    with pytest.raises(ValueError, match='list of 2 views'):
        build('DSCL', **QUEUE)(views[:1], samples, mode='loss')
