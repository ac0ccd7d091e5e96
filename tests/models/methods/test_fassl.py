import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.hooks import Hook
from mmengine.logging import MessageHub
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from scipy.stats import spearmanr

from ltplug.engine import MomentumTeacherHook
from ltplug.models import (
    AlternatingFASSL,
    PrototypicalRebalancedSSL,
    RebalancedConsistencyLoss,
    ScoreContrastiveLoss,
)
from ltplug.ops import prototype_weights
from ltplug.structures import SampleList
from tests.models.methods.small import LABELS, PARTS, batch, build
from tests.ranks import on_two_ranks

STAGE_1 = dict(neck=None, feat_dim=64, num_prototypes=12)
PREDICTOR = dict(type='NonLinearNeck', in_channels=64, hid_channels=32, out_channels=64,
                 with_bias=True, with_last_bias=True, with_last_bn=False, with_avg_pool=False,
                 norm_cfg=dict(type='LN'))
STAGE_2 = dict(**STAGE_1, predictor=PREDICTOR)


def build_student(**kwargs):
    model = build('PrototypicalRebalancedSSL', **{**STAGE_2, **kwargs})
    model.teacher.start(model.student())
    return model


def test_scores_of_the_pooled_features_are_compared():
    model, (views, samples) = build('PrototypeLearner', **STAGE_1), batch()
    found = model(views, samples, mode='loss')['loss']
    features = [model(view) for view in views]
    assert features[0].shape == (6, 64)
    scores = [feature @ model.prototypes.weight.T for feature in features]
    torch.testing.assert_close(found, ScoreContrastiveLoss(0.2)(*scores))
    found.backward()
    assert all(p.grad.isfinite().all() and p.grad.any() for p in model.parameters())


def test_options_of_the_first_stage():
    kwargs = dict(neck=PARTS['neck'], feat_dim=16, num_prototypes=5)
    (views, samples), model = batch(), build('PrototypeLearner', **kwargs)
    assert model.scores(model.project(views[0])).shape == (6, 5)
    plain = model(views, samples, mode='loss')['loss']
    unit = build('PrototypeLearner', **kwargs, normalize_prototypes=True)
    scores = unit.scores(model.project(views[0]))
    torch.testing.assert_close(
        scores, model.project(views[0]) @ torch.nn.functional.normalize(
            model.prototypes.weight, dim=1).T)
    assert unit(views, samples, mode='loss')['loss'] != plain
    half = model.scores((100 * model.project(views[0])).half())
    assert half.dtype == torch.float32


@pytest.mark.parametrize('symmetric', [True, False])
def test_the_second_stage_weighs_the_teachers_views(symmetric):
    model, (views, samples) = build_student(symmetric=symmetric), batch()
    with torch.no_grad():
        for parameter in model.backbone.parameters():
            parameter.mul_(1.1)  # away from the teacher
    found = model(views, samples, mode='loss')['loss']
    q = [model.predictor((model(view), ))[0] for view in views]
    z = [model.teacher(view)[-1] for view in views]
    loss, prototypes = RebalancedConsistencyLoss(), model.prototypes.weight
    terms = [loss(q[1], z[0], prototypes), loss(q[0], z[1], prototypes)]
    torch.testing.assert_close(found, sum(terms) / 2 if symmetric else terms[0])
    found.backward()
    for name, parameter in model.named_parameters():
        frozen = name.startswith(('teacher', 'prototypes'))
        assert parameter.requires_grad != frozen
        assert (parameter.grad is None) if frozen else parameter.grad.any(), name


def test_uniform_weights_are_the_control():
    (views, samples), uniform = batch(), dict(type='ltplug.RebalancedConsistencyLoss',
                                              phi='uniform')
    found = build_student(loss=uniform)(views, samples, mode='loss')['loss']
    model = build_student()
    q, z = ([f(view) for view in views] for f in (
        lambda view: model.predictor((model(view), ))[0], lambda view: model.teacher(view)[-1]))
    gaps = [2 - 2 * torch.cosine_similarity(q[i], z[1 - i]) for i in range(2)]
    torch.testing.assert_close(found, torch.cat(gaps).mean())
    assert model(views, samples, mode='loss')['loss'] != found


def test_the_log_tells_whether_rare_classes_weigh_more():
    MessageHub.get_instance('phi').update_info('epoch', 0)
    model, weights, labels = build_student(), [], []
    model.set_class_counts(np.bincount(LABELS).tolist())
    for step in range(2):
        views, samples = batch(seed=step)
        results = model(views, samples, mode='loss')
        for view in (0, 1):
            weights += prototype_weights(model.teacher(views[view])[-1], model.prototypes.weight)
            labels += LABELS
    assert set(results) == {'loss', 'phi_rank_correlation'}
    means = [np.mean([w.item() for w, label in zip(weights, labels, strict=True) if label == c])
             for c in range(3)]
    expected = spearmanr(means, np.bincount(LABELS)).statistic
    assert results['phi_rank_correlation'].item() == pytest.approx(expected, abs=1e-6)

    MessageHub.get_instance('phi').update_info('epoch', 1)
    model(*batch(), mode='loss')
    assert model._phi.counts.sum() == 12, 'a new epoch begins anew'
    unlabelled = [sample.__class__() for sample in batch()[1]]
    fresh = build_student()
    assert set(fresh(batch()[0], unlabelled, mode='loss')) == {'loss'}, 'nobody has told of classes'
    labelled = build_student()(*batch(), mode='loss')['loss']
    torch.testing.assert_close(fresh(batch()[0], [], mode='loss')['loss'], labelled)


class Run:
    """The little of a Runner that the hook uses."""

    def __init__(self, model, accumulate=1):
        inner = getattr(model, 'module', model)
        self.model = model
        self.optim_wrapper = OptimWrapper(torch.optim.SGD(
            [p for p in inner.parameters() if p.requires_grad], lr=0.05), accumulate)


def train(rank, sizes, stage, epochs=(0, 0, 1, 1, 2)):
    model = inner = build(*stage[:1], **stage[1])
    if isinstance(inner, PrototypicalRebalancedSSL):
        inner.set_class_counts(np.bincount(LABELS).tolist())
    if len(sizes) > 1:
        model = MMDistributedDataParallel(
            inner, broadcast_buffers=False,
            find_unused_parameters=isinstance(inner, AlternatingFASSL))
    run, share = Run(model), slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    hook = MomentumTeacherHook() if 'teacher' in dir(inner) else Hook()
    hook.before_train(run)
    losses = []
    for step, epoch in enumerate(epochs):
        MessageHub.get_current_instance().update_info('epoch', epoch)
        views, samples = batch(seed=step)
        results = model([view[share] for view in views], samples[share], mode='loss')
        run.optim_wrapper.update_params(results['loss'])
        hook.after_train_iter(run, step)
        correlation = results.get('phi_rank_correlation', torch.zeros(()))
        losses.append([results['loss'].item(), correlation.item()])
    return torch.tensor(losses), inner.state_dict()


STAGES = [('PrototypeLearner', STAGE_1),
          ('PrototypicalRebalancedSSL', {**STAGE_2, 'decay': 0.9}),
          ('PrototypicalRebalancedSSL', {**STAGE_2, 'decay': 0.0}),
          ('PrototypicalRebalancedSSL', {**STAGE_2, 'decay': 1.0, 'symmetric': False}),
          ('AlternatingFASSL', {**STAGE_2, 'decay': 0.9})]


def train_all(rank, sizes):
    return [train(rank, sizes, stage) for stage in STAGES]


@pytest.mark.parametrize('sizes', [(3, 3), (4, 2)])
def test_two_ranks_learn_what_one_process_learns(sizes):
    expected, (first, second) = train_all(0, (6, )), on_two_ranks(train_all, sizes)
    for (losses, state), one, other in zip(expected, first, second, strict=True):
        torch.testing.assert_close((one[0] + other[0]) / 2, losses, atol=1e-5, rtol=0)
        correlations = one[0][:, 1]
        assert correlations.equal(other[0][:, 1]), 'the correlation is that of the joint batch'
        assert correlations.any() == any('teacher' in name for name in state), 'and is watched'
        for name, value in state.items():
            for found in (one[1][name], other[1][name]):
                torch.testing.assert_close(found, value, atol=1e-5, rtol=1e-5, msg=name)


def test_the_teacher_starts_as_the_student_and_moves_after_each_step():
    model = build('PrototypicalRebalancedSSL', **STAGE_2, decay=0.75)
    hook, run = MomentumTeacherHook(), Run(model, accumulate=2)
    weight = model.backbone.conv1.weight
    with torch.no_grad():
        weight.add_(1)  # as a loaded checkpoint would
    hook.before_train(run)
    old = weight.detach().clone()
    teacher = model.teacher.module[0].conv1.weight
    assert teacher.equal(old)
    for step in range(4):
        run.optim_wrapper.update_params(model(*batch(seed=step), mode='loss')['loss'])
        hook.after_train_iter(run, step)
        if step % 2 == 0:
            assert teacher.equal(old), 'gradients are accumulated over two iterations'
        else:
            torch.testing.assert_close(teacher, 0.75 * old + 0.25 * weight)
        old = teacher.clone()
    moved = teacher.clone()
    hook.before_train(run)
    assert teacher.equal(moved), 'a resumed teacher stays where it was'


def test_extreme_decays_end_at_the_student_or_the_start():
    (_, copied), (_, frozen) = (train(0, (6, ), stage) for stage in STAGES[2:4])
    start = build('PrototypicalRebalancedSSL', **STAGE_2)
    name = 'teacher.module.0.conv1.weight'
    assert copied[name].equal(copied['backbone.conv1.weight'])
    assert frozen[name].equal(start.backbone.conv1.weight)
    assert not frozen['backbone.conv1.weight'].equal(frozen[name])
    assert all(math.isfinite(value.double().sum()) for value in copied.values())


def test_stages_in_turn_learn_what_each_learns_alone():
    alternating = build('AlternatingFASSL', **STAGE_2)
    hook, run = MomentumTeacherHook(), Run(alternating)
    hook.before_train(run)
    optimizer = run.optim_wrapper.optimizer
    optimizer.param_groups[0].update(momentum=0.9, weight_decay=0.1)
    prototypes, mlp = alternating.prototypes.weight, alternating.predictor.fc0.weight
    first, second = build('PrototypeLearner', **STAGE_1), build_student()
    for epoch in (0, 1, 2, 3):
        MessageHub.get_current_instance().update_info('epoch', epoch)
        alone = second if epoch % 2 else first
        alone.load_state_dict(alternating.state_dict(), strict=False)
        before = prototypes.detach().clone(), mlp.detach().clone()
        losses = [model(*batch(seed=epoch), mode='loss')['loss'] for model in (alternating, alone)]
        assert losses[0].equal(losses[1])
        run.optim_wrapper.update_params(losses[0])
        hook.after_train_iter(run, epoch)
        assert prototypes.equal(before[0]) == bool(epoch % 2)
        assert mlp.equal(before[1]) == (not epoch % 2)


@pytest.mark.parametrize('stage', STAGES[:2])
def test_mixed_precision_gives_nearly_the_same_step(stage):
    results = []
    for enabled in (False, True):
        model = build(stage[0], **stage[1])
        if hasattr(model, 'teacher'):
            model.teacher.start(model.student())
        with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
            loss = model(*batch(), mode='loss')['loss']
        assert loss.dtype == torch.float32
        loss.backward()
        results.append((loss.detach(), torch.cat([p.grad.flatten() for p in model.parameters()
                                                  if p.requires_grad])))
    torch.testing.assert_close(results[1][0], results[0][0], rtol=0.02, atol=0)
    assert torch.cosine_similarity(results[0][1], results[1][1], dim=0) > 0.95


def test_mistakes_are_told():
    views, samples = batch()
    with pytest.raises(ValueError, match="teacher=dict\\(type='ltplug.MomentumTeacherHook'\\)"):
        build('PrototypicalRebalancedSSL', **STAGE_2)(views, samples, mode='loss')
    with pytest.raises(ValueError, match='AlternatingFASSL has no teacher yet'):
        build('AlternatingFASSL', **STAGE_2)(views, samples, mode='loss')
    with pytest.raises(ValueError, match='use a model of type ltplug.PrototypicalRebalancedSSL'):
        MomentumTeacherHook().before_train(
            SimpleNamespace(model=build('PrototypeLearner', **STAGE_1)))
    with pytest.raises(ValueError, match='list of 2 views'):
        build('PrototypeLearner', **STAGE_1)(views[:1], samples, mode='loss')


def test_the_log_takes_the_labels_that_there_are():
    model, (views, samples) = build_student(), batch()
    model.set_class_counts([5, 3, 2])
    for sample, label in zip(samples, [-1, 2, 2, None, 1, -1], strict=True):
        if label is None:
            del sample.gt_label
        else:
            sample.set_gt_label(label)
    assert 'phi_rank_correlation' in model(views, samples, mode='loss')
    assert model._phi.counts.tolist() == [0, 2, 4], 'both directions'
    unlabeled = build_student()
    unlabeled.set_class_counts([5, 3, 2])
    for sample in samples:
        sample.set_gt_label(-1)
    assert unlabeled(views, samples, mode='loss')['phi_rank_correlation'] == 0
    columns = SampleList.from_columns(len(samples), {}, {})
    assert unlabeled(views, columns, mode='loss')['phi_rank_correlation'] == 0
    assert unlabeled._phi.counts.sum() == 0 and columns.is_columns
