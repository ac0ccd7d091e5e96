import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ltplug.models import DecoupledSupConLoss, KPositiveSupConLoss, PatchDistillationLoss
from ltplug.models.losses.contrastive_pairs import queue_pairs
from tests.models.losses.contrastive_cases import DTYPES
from tests.ranks import on_two_ranks

ALPHAS = {'a0': 0.0, 'a01': 0.1, 'a05': 0.5, 'a1': 1.0, 'scl': None}
POLICIES = ('infonce', 'literal', 'outside', 'skip')


def tensors(golden, family, dtype=torch.float64):
    return {key: torch.from_numpy(np.asarray(value)).to(dtype) if value.dtype != np.int64
            else torch.from_numpy(np.asarray(value)) for key, value in golden(family).items()}


def assert_near(found, expected, is_grad=False, **tolerance):
    """Compare within the tolerances of the fixtures."""
    if not tolerance:
        tolerance = dict(rtol=1e-9, atol=1e-10) if found.dtype == torch.float64 else \
            dict(rtol=1e-4, atol=1e-5) if is_grad else dict(rtol=2e-5, atol=2e-6)
    torch.testing.assert_close(found.detach(), expected.to(found.dtype), **tolerance)


def arguments(arrays):
    return (arrays['k'], arrays['labels'], arrays['queue'].T.contiguous(),
            arrays['queue_labels'])


def run(loss, arrays, raw=False):
    """Return losses of the anchors, their mean and its gradient."""
    leaf = arrays['x_q' if raw else 'q'].clone().requires_grad_()
    query = F.normalize(leaf, dim=1) if raw else leaf
    value = loss(query, *arguments(arrays))
    (grad, ) = torch.autograd.grad(value, leaf)
    return loss.per_anchor(query, *arguments(arrays)), value, grad


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('name', list(ALPHAS))
def test_value_and_gradient_equal_the_reference(golden, dtype, name):
    arrays = tensors(golden, 'dscl_loss', dtype)
    for policy in ('infonce', ) if name == 'scl' else POLICIES:
        loss = DecoupledSupConLoss(float(arrays['tau']), ALPHAS[name], policy)
        prefix = name if name == 'scl' else f'{name}_{policy}'
        per, value, grad = run(loss, arrays)
        assert value.dtype == dtype
        assert_near(per, arrays[f'{prefix}_per'])
        assert_near(value, arrays[f'{prefix}_loss'])
        assert_near(grad, arrays[f'{prefix}_grad_q'], is_grad=True)
        assert_near(run(loss, arrays, raw=True)[2], arrays[f'{prefix}_grad_x'], is_grad=True)


def test_probabilities_targets_and_positives_equal_the_reference(golden):
    arrays = tensors(golden, 'dscl_loss')
    for name, alpha in ALPHAS.items():
        loss = DecoupledSupConLoss(float(arrays['tau']), alpha)
        found = loss._distributions(arrays['q'], *arguments(arrays))
        assert_near(found.targets, arrays[f'{name}_target'])
        assert_near(found.logits.softmax(dim=1), arrays['p'])
        assert found.positives.sum(dim=1).equal(arrays['num_pos'])


@pytest.mark.parametrize('dtype', DTYPES)
def test_the_whole_batch_as_candidates_equals_the_reference(golden, dtype):
    arrays = tensors(golden, 'dscl_code', dtype)
    assert arrays['num_pos'].equal(tensors(golden, 'dscl_loss')['num_pos'])
    for name, alpha in {**ALPHAS, 'beta8': 1 / 9, 'beta6': 1 / 7}.items():
        if name == 'scl':
            continue
        loss = DecoupledSupConLoss(float(arrays['tau']), alpha, in_batch=True)
        per, value, grad = run(loss, arrays)
        assert_near(per, arrays[f'{name}_per'])
        assert_near(value, arrays[f'{name}_loss'])
        assert_near(grad, arrays[f'{name}_grad_q'], is_grad=True)
        found = loss._distributions(arrays['q'], *arguments(arrays))
        assert found.positives.sum(dim=1).equal(arrays['num_pos_code'])


def test_losses_equal_the_released_code(golden):
    reference = tensors(golden, 'dscl_ref')
    for key, expected in reference.items():
        family, name = key.split('__')
        if family == 'pbsd':
            continue
        arrays = tensors(golden, f'dscl_{family}')
        alpha = {**ALPHAS, 'beta8': 1 / 9, 'beta6': 1 / 7}[name.split('_')[0]]
        loss = DecoupledSupConLoss(float(arrays['tau']), alpha, in_batch=family == 'code')
        per, value, grad = run(loss, arrays)
        found = {'per': per, 'loss': value, 'q': grad}[name.split('_')[-1]]
        assert_near(found, expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize('dtype', DTYPES)
def test_distillation_equals_the_reference(golden, dtype):
    arrays = tensors(golden, 'dscl_pbsd', dtype)
    queue = arrays['queue'].T.contiguous()
    loss = PatchDistillationLoss(float(arrays['tau']))
    teacher, student = (arrays[key].clone().requires_grad_() for key in 'cs')
    value = loss(teacher, student, arrays['k'], queue)
    value.backward()
    cross_entropy, entropy = loss.terms(teacher, student, arrays['k'], queue)
    assert_near(value, arrays['loss'])
    assert_near(cross_entropy, arrays['per'])
    assert_near(entropy, arrays['entropy_per'])
    assert_near(entropy.mean(), arrays['entropy_loss'])
    assert_near(student.grad, arrays['grad_s'], is_grad=True)
    assert teacher.grad is None and not arrays['grad_c'].any()
    raw = arrays['x_s'].clone().requires_grad_()
    loss(F.normalize(arrays['x_c'], dim=2), F.normalize(raw, dim=2), arrays['k'], queue).backward()
    assert_near(raw.grad, arrays['grad_x_s'], is_grad=True)
    _, divergence = loss.with_divergence(teacher, student, arrays['k'], queue)
    assert_near(divergence, arrays['loss'] - arrays['entropy_loss'])
    assert not divergence.requires_grad
    reference = tensors(golden, 'dscl_ref', dtype)
    assert_near(value, reference['pbsd__loss'])
    assert_near(student.grad, reference['pbsd__grad_s'], is_grad=True)
    assert not reference['pbsd__grad_c'].any()


def test_the_target_of_distillation_is_the_teachers_distribution(golden):
    arrays = tensors(golden, 'dscl_pbsd')
    queue, target = arrays['queue'].T, arrays['target']
    own = (arrays['s'] * arrays['k'][:, None]).sum(dim=2, keepdim=True)
    logits = torch.cat([own, arrays['s'] @ queue.T], dim=2) / arrays['tau']
    expected = -(target * logits.log_softmax(dim=2)).sum(dim=2)
    found, _ = PatchDistillationLoss(float(arrays['tau'])).terms(
        arrays['c'], arrays['s'], arrays['k'], queue)
    assert_near(found, expected)


def test_a_perfect_student_has_no_gradient(golden):
    arrays = tensors(golden, 'dscl_pbsd')
    student = arrays['c'].clone().requires_grad_()
    loss, divergence = PatchDistillationLoss(0.07, loss_weight=1.5).with_divergence(
        arrays['c'], student, arrays['k'], arrays['queue'].T)
    loss.backward()
    assert_near(loss, 1.5 * arrays['entropy_loss'])
    assert divergence.abs() < 1e-12 and student.grad.abs().max() < 1e-12


@pytest.mark.parametrize('case', ['near_uniform', 'sphere'])
def test_gradient_ratios_equal_the_reference(golden, case):
    arrays = tensors(golden, 'dscl_property', torch.float32)
    args = (arrays[f'{case}_q'], arrays[f'{case}_k'], arrays['labels'],
            arrays[f'{case}_queue'].T, arrays['queue_labels'])
    for name, alpha in (('scl', None), ('dscl', float(arrays['alpha']))):
        loss = DecoupledSupConLoss(float(arrays['tau']), alpha)
        assert_near(loss.gradient_ratio(*args), arrays[f'{case}_ratio_{name}'], rtol=1e-4, atol=0)


def test_gradient_ratios_at_the_beginning_follow_the_theory(golden):
    arrays, alpha = golden('dscl_property'), 0.1
    sizes, uniform = arrays['sizes'], 1 / 2049
    exact = abs(uniform - alpha) / (sizes * abs(uniform - (1 - alpha) / sizes))
    np.testing.assert_allclose(arrays['uniform_dscl'], exact, rtol=1e-6)
    np.testing.assert_allclose(arrays['near_uniform_ratio_dscl'], exact, rtol=5e-3)
    np.testing.assert_allclose(arrays['theory_dscl'], alpha / (1 - alpha))
    np.testing.assert_allclose(exact[sizes <= 64], alpha / (1 - alpha), rtol=0.04)
    np.testing.assert_allclose(arrays['theory_scl'], 1 / sizes)
    np.testing.assert_allclose(arrays['uniform_scl'], 1 / sizes, rtol=1e-6)
    np.testing.assert_allclose(arrays['near_uniform_ratio_scl'], 1 / sizes, rtol=0.01)
    # equal features: p is uniform
    one, queue_labels = torch.ones(4, 1), torch.from_numpy(arrays['queue_labels'])
    found = DecoupledSupConLoss(0.07, alpha).gradient_ratio(
        one, one, torch.from_numpy(arrays['labels']), torch.ones(2048, 1), queue_labels)
    np.testing.assert_allclose(found, exact, rtol=1e-5)


def test_the_ratio_of_an_anchor_without_others_of_its_class_is_nan():
    one = torch.ones(2, 1)
    found = DecoupledSupConLoss().gradient_ratio(one, one, torch.tensor([0, 1]), one,
                                                 torch.tensor([1, -1]))
    assert found.isnan().tolist() == [True, False]


def random_case(size=6, queue_len=9):
    generator = torch.Generator().manual_seed(0)
    query, key, queue = (F.normalize(torch.randn(n, 8, generator=generator), dim=1)
                         for n in (size, size, queue_len))
    return query, key, torch.arange(size) % 4, queue, torch.arange(queue_len) % 4 - 1


def test_special_targets_are_known_losses():
    args = random_case()
    scl = KPositiveSupConLoss(0.2, k=None)(*args)
    torch.testing.assert_close(DecoupledSupConLoss(0.2, alpha=None)(*args), scl)
    moco = KPositiveSupConLoss(0.2, k=0)(*args)
    for policy in ('infonce', 'literal', 'outside'):
        torch.testing.assert_close(DecoupledSupConLoss(0.2, 1, policy)(*args), moco)
    # weight on the logarithm and on the logit, eq. 8, for anchors with others of their class
    query, key, labels, queue, queue_labels = (
        args[0][:3], args[1][:3], args[2][:3], *args[3:])
    pairs = queue_pairs(query, key, labels, queue, queue_labels)
    logits, positives = pairs.similarity / 0.2, pairs.same_class & ~pairs.own_views
    number = positives.sum(dim=1, keepdim=True)
    weights = (0.3 * (number + 1) * pairs.own_views + 0.7 * (number + 1) / number * positives)
    on_log = -(weights * logits.log_softmax(dim=1)).sum(dim=1) / (number[:, 0] + 1)
    both = pairs.own_views | positives
    on_logit = -((weights * logits - logits.logsumexp(dim=1, keepdim=True)) * both).sum(
        dim=1) / (number[:, 0] + 1)
    found = DecoupledSupConLoss(0.2, 0.3).per_anchor(query, key, labels, queue, queue_labels)
    torch.testing.assert_close(found, on_log)
    torch.testing.assert_close(found, on_logit)


@pytest.mark.parametrize('in_batch', [False, True])
def test_the_order_of_the_queue_means_nothing(in_batch):
    query, key, labels, queue, queue_labels = random_case()
    loss = DecoupledSupConLoss(0.1, in_batch=in_batch)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(loss(query, key, labels, queue[order], queue_labels[order]),
                               loss(query, key, labels, queue, queue_labels))


def test_unfilled_entries_enter_the_denominator_only():
    query, key, labels, queue, queue_labels = random_case()
    filled = queue_labels >= 0
    loss = DecoupledSupConLoss(0.1)
    without = loss(query, key, labels, queue[filled], queue_labels[filled])
    assert loss(query, key, labels, queue, queue_labels) > without
    unlabelled = loss(query, key, labels, queue, torch.full((9, ), -1))
    torch.testing.assert_close(unlabelled, DecoupledSupConLoss(0.1, 1)(
        query, key, labels, queue, queue_labels))


@pytest.mark.parametrize('in_batch', [False, True])
def test_mixed_precision_and_large_logits(in_batch):
    query, key, labels, queue, queue_labels = random_case()
    query.requires_grad_()
    for loss in (DecoupledSupConLoss(0.002, in_batch=in_batch),
                 DecoupledSupConLoss(0.07, 0, 'literal', in_batch=in_batch)):
        expected = loss(query, key, labels, queue, queue_labels)
        with torch.autocast('cpu', dtype=torch.bfloat16):
            assert loss(query, key, labels, queue, queue_labels).equal(expected)
        half = loss(query.half(), key.half(), labels, queue, queue_labels)
        assert half.dtype == torch.float32 and half.isfinite()
        (grad, ) = torch.autograd.grad(expected, query)
        assert grad.isfinite().all() and grad.any()
    patches = torch.stack([query, key], dim=1)
    loss = PatchDistillationLoss()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        found = loss(patches, patches.flip(1), key, queue)
    assert found.equal(loss(patches, patches.flip(1), key, queue))


def losses_of_a_share(rank, sizes):
    query, key, labels, queue, queue_labels = random_case(7)
    share = slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    query, key, labels = query[share].clone().requires_grad_(), key[share], labels[share]
    results = []
    for in_batch in (False, True):
        loss = DecoupledSupConLoss(0.1, in_batch=in_batch)
        value = loss(query, key, labels, queue, queue_labels)
        results.append((value.detach(), *torch.autograd.grad(value, query)))
    student = torch.stack([query, key], dim=1)
    for value in PatchDistillationLoss(0.1).with_divergence(student.flip(1), student, key, queue):
        grads = torch.autograd.grad(value, query) if value.requires_grad else [query.detach() * 0]
        results.append((value.detach(), *grads))
    return results


@pytest.mark.parametrize('sizes', [(4, 3), (1, 6)])
def test_two_ranks_equal_the_joint_batch(sizes):
    expected = losses_of_a_share(0, (7, ))
    for (value, grad), (first, first_grad), (second, second_grad) in zip(
            expected, *on_two_ranks(losses_of_a_share, sizes), strict=True):
        torch.testing.assert_close((first + second) / 2, value, rtol=1e-6, atol=1e-6)
        found = torch.cat([first_grad, second_grad]) / 2
        torch.testing.assert_close(found, grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(('build', 'message'), [
    (lambda: DecoupledSupConLoss(0), 'temperature must be a positive number, got 0'),
    (lambda: DecoupledSupConLoss(alpha=1.5), r'alpha must lie in \[0, 1\], or be None for SCL'),
    (lambda: DecoupledSupConLoss(alpha=math.nan), r'alpha must lie in \[0, 1\]'),
    (lambda: DecoupledSupConLoss(empty_positive='zero'), "infonce, outside, skip, literal, got 'z"),
    (lambda: DecoupledSupConLoss(in_batch=True)(*random_case()[:4], torch.zeros(3)),
     r'queue \[Q, D\] and queue_labels \[Q\]'),
    (lambda: PatchDistillationLoss(-1), 'temperature must be a positive number, got -1'),
    (lambda: PatchDistillationLoss()(*[torch.ones(2, 5, 3)] * 2, torch.ones(3, 3),
                                     torch.ones(4, 3)), r'key \[N, D\] and queue \[Q, D\], got'),
])
def test_mistakes_are_told(build, message):
    with pytest.raises(ValueError, match=message):
        build()
