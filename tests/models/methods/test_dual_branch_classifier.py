import pytest
import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.ops import rotate_quarter_turns

ORIGIN = 'ltplug.models.methods.dual_branch_classifier'
ROTATION_HEAD = dict(type='LinearClsHead', num_classes=4, in_channels=16)
# not sorted by branch: the model must go by the marks
MARKS = ['uniform', 'balanced', 'balanced', 'uniform', 'uniform', 'balanced', 'balanced',
         'uniform']
BALANCED = torch.tensor([mark == 'balanced' for mark in MARKS])


def build(seed=0, **kwargs):
    torch.manual_seed(seed)
    model = MODELS.build(dict(
        type='ltplug.DualBranchClassifier',
        backbone=dict(type='ltplug.CIFARResNet', depth=8,
                      norm_cfg=dict(type='GN', num_groups=4)),
        neck=dict(type='LinearNeck', in_channels=64, out_channels=16, gap_dim=2, norm_cfg=None,
                  act_cfg=dict(type='ReLU')),
        head=dict(type='LinearClsHead', num_classes=5, in_channels=16), **kwargs))
    model.init_weights()
    return model


def batch(marks=MARKS):
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(len(marks), 3, 16, 16, generator=generator)
    samples = [DataSample(metainfo=dict(branch=mark)).set_gt_label(index % 5)
               for index, mark in enumerate(marks)]
    return images, samples


def labels(samples):
    return torch.cat([sample.gt_label for sample in samples])


def gradients(losses, module):
    total = sum(losses) if isinstance(losses, list) else losses
    found = torch.autograd.grad(total, list(module.parameters()), retain_graph=True,
                                allow_unused=True)
    return [grad for grad in found if grad is not None and grad.any()]


def images_that_matter(loss, images):
    (grad,) = torch.autograd.grad(loss, images, retain_graph=True)
    return grad.flatten(1).any(dim=1)


@pytest.mark.parametrize('kwargs', [{}, dict(joint_forward=False), dict(all_angles=True)])
def test_who_learns_from_whom(kwargs):
    model = build(rotation_head=ROTATION_HEAD, **kwargs)
    images, samples = batch()
    images.requires_grad_()
    losses = model.loss(images, samples)
    balanced, uniform, rotation = (losses[f'{name}_loss'] for name in
                                   ('balanced', 'uniform', 'rotation'))
    assert images_that_matter(balanced, images).equal(BALANCED)
    assert images_that_matter(uniform, images).equal(~BALANCED)
    assert images_that_matter(rotation, images).all()
    assert gradients(balanced, model.head) and not gradients([uniform, rotation], model.head)
    assert gradients(uniform, model.uniform_head)
    assert not gradients([balanced, rotation], model.uniform_head)
    assert gradients(rotation, model.rotation_head)
    assert not gradients([balanced, uniform], model.rotation_head)
    for loss in (balanced, uniform, rotation):
        assert gradients(loss, model.backbone) and gradients(loss, model.neck)


def test_each_term_is_the_weighted_mean_over_its_own_samples(monkeypatch):
    model = build(rotation_head=ROTATION_HEAD, balanced_weight=0.25, uniform_weight=3,
                  rotation_weight=2)
    marks = MARKS[:7]  # four balanced, three uniform
    images, samples = batch(marks)
    balanced = BALANCED[:7]
    turns = []
    monkeypatch.setattr(f'{ORIGIN}.rotate_quarter_turns', lambda images, drawn: (
        turns.append(drawn), rotate_quarter_turns(images, drawn))[1])
    losses = model.loss(images, samples)
    (feats,) = model.extract_feat(images)
    target = labels(samples)
    expected = F.cross_entropy(model.head.fc(feats[balanced]), target[balanced])
    torch.testing.assert_close(losses['balanced_loss'], 0.25 * expected)
    expected = F.cross_entropy(model.uniform_head.fc(feats[~balanced]), target[~balanced])
    torch.testing.assert_close(losses['uniform_loss'], 3 * expected)
    (rotated,) = model.extract_feat(rotate_quarter_turns(images, turns[0]))
    expected = F.cross_entropy(model.rotation_head.fc(rotated), turns[0])
    torch.testing.assert_close(losses['rotation_loss'], 2 * expected)
    assert set(losses) == {'balanced_loss', 'uniform_loss', 'rotation_loss'}


def test_angles_are_balanced_in_each_half():
    model = build(rotation_head=ROTATION_HEAD)
    members = model._members(batch()[1])
    for _ in range(20):
        turns = model._draw_turns(8, members, torch.device('cpu'))
        for half in (turns[BALANCED], turns[~BALANCED]):
            assert sorted(half.tolist()) == [0, 1, 2, 3]


def test_all_angles_give_every_image_every_angle():
    model = build(rotation_head=ROTATION_HEAD, all_angles=True)
    images, samples = batch()
    seen = []
    model.rotation_head.register_forward_hook(lambda module, args, scores: seen.append(args[0][-1]))
    model.loss(images, samples)
    expected = [model.extract_feat(images.rot90(turns, (2, 3)))[-1] for turns in range(4)]
    torch.testing.assert_close(seen[0], torch.cat(expected))


@pytest.mark.parametrize(('joint', 'sizes'), [(True, [16]), (False, [8, 8])])
def test_forward_passes(joint, sizes):
    model = build(rotation_head=ROTATION_HEAD, joint_forward=joint)
    seen = []
    model.backbone.register_forward_hook(lambda module, args, out: seen.append(len(args[0])))
    model.loss(*batch())
    assert seen == sizes


def test_without_rotations_one_pass_over_the_batch():
    model = build()
    seen = []
    model.backbone.register_forward_hook(lambda module, args, out: seen.append(len(args[0])))
    assert set(model.loss(*batch())) == {'balanced_loss', 'uniform_loss'}
    assert seen == [8]


@pytest.mark.parametrize(('all_angles', 'versions'), [(False, 2), (True, 5)])
def test_rotation_augmentation_has_the_inputs_of_the_task(all_angles, versions, monkeypatch):
    seen = {}
    for name, kwargs in (('task', dict(rotation_head=ROTATION_HEAD)),
                         ('augmentation', dict(rotation_augmentation=True))):
        model = build(all_angles=all_angles, **kwargs)
        model.backbone.register_forward_pre_hook(
            lambda module, args, name=name: seen.update({name: args[0]}))
        torch.manual_seed(3)
        losses = model.loss(*batch())
    assert seen['task'].equal(seen['augmentation'])
    assert set(losses) == {'balanced_loss', 'uniform_loss'}
    (feats,) = model.extract_feat(seen['augmentation'])
    members = BALANCED.repeat(versions)
    target = labels(batch()[1]).repeat(versions)
    expected = F.cross_entropy(model.head.fc(feats[members]), target[members])
    torch.testing.assert_close(losses['balanced_loss'], 0.5 * expected)
    expected = F.cross_entropy(model.uniform_head.fc(feats[~members]), target[~members])
    torch.testing.assert_close(losses['uniform_loss'], expected)


def test_prediction_uses_the_kept_head_alone():
    model = build(rotation_head=ROTATION_HEAD).eval()
    images, _ = batch()
    before = model(images, mode='tensor')
    for head in (model.uniform_head, model.rotation_head):
        nn.init.constant_(head.fc.weight, torch.nan)
    scores = torch.stack([sample.pred_score for sample in model.predict(images)])
    torch.testing.assert_close(scores, before.softmax(dim=1))


def test_the_uniform_head_is_another_one_like_the_head():
    model = build()
    assert model.uniform_head.fc.weight.shape == model.head.fc.weight.shape
    assert not model.uniform_head.fc.weight.equal(model.head.fc.weight)
    assert build(uniform_head=dict(type='ltplug.CosineLinearClsHead', num_classes=5,
                                   in_channels=16)).uniform_head.fc.weight.shape == (5, 16)


@pytest.mark.parametrize('marks', [[None] * 4, ['balanced'] * 4, ['balanced', 'uniform', 'odd']])
def test_a_batch_without_both_marks_is_refused(marks):
    with pytest.raises(ValueError, match='train with batch_sampler=.*DualBranchBatchSampler'):
        build().loss(*batch(marks))


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(balanced_weight=-1), 'balanced_weight must not be negative, got -1'),
    (dict(rotation_weight=float('nan')), 'rotation_weight must not be negative, got nan'),
    (dict(rotation_head={**ROTATION_HEAD, 'num_classes': 5}), 'set num_classes=4'),
    (dict(rotation_head=ROTATION_HEAD, rotation_augmentation=True), 'either a task or an'),
    (dict(all_angles=True), 'nothing rotates them'),
    (dict(joint_forward=False), 'nothing rotates them'),
    (dict(train_cfg=dict(augments=dict(type='Mixup', alpha=1.0))), 'would mix them'),
])
def test_mistakes_are_told(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        build(**kwargs)
