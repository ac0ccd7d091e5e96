import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_metric_learning.losses import SupConLoss as MetricLearningSupConLoss
from pytorch_metric_learning.reducers import MeanReducer

from ltplug.models import KPositiveSupConLoss, SupConLoss, TargetedSupConLoss
from ltplug.models.losses.contrastive_pairs import batch_pairs, queue_pairs
from ltplug.ops import mean_positive_loss
from tests.models.losses.contrastive_cases import DTYPES, assert_golden, case, case_names
from tests.ranks import on_two_ranks


def queue_loss(loss, arrays, **kwargs):
    query = arrays['query'].requires_grad_()
    value = loss(query, arrays['key'], arrays['labels'], arrays['queue'], arrays['queue_labels'],
                 **kwargs)
    value.backward()
    return value, query.grad


@pytest.mark.parametrize('dtype', DTYPES)
def test_supcon_equals_the_reference(golden, dtype):
    for name in case_names(golden, 'sbcl_supcon'):
        arrays = case(golden, 'sbcl_supcon', name, dtype)
        features = arrays['features'].requires_grad_()
        loss = SupConLoss(float(arrays['temperature']))
        value = loss(features, arrays['labels'])
        value.backward()
        assert_golden(value, features.grad, arrays['loss'], arrays['grad_features'], name)
        if 'ref_tsc_loss_base_temperature_007' in arrays:
            scaled = SupConLoss(loss.temperature, loss_weight=loss.temperature / 0.07)
            torch.testing.assert_close(
                scaled(features, arrays['labels']).double(),
                arrays['ref_tsc_loss_base_temperature_007'], rtol=1e-5, atol=1e-6)


def test_supcon_of_every_anchor_equals_the_reference(golden):
    for name in case_names(golden, 'sbcl_supcon'):
        arrays = case(golden, 'sbcl_supcon', name)
        pairs = batch_pairs(arrays['features'], arrays['labels'])
        found = mean_positive_loss(pairs.similarity / arrays['temperature'], pairs.same_class,
                                   pairs.contrast)
        torch.testing.assert_close(found.double(), arrays['per_anchor'].flatten(), rtol=1e-5,
                                   atol=1e-5)


@pytest.mark.parametrize('name', ['basic', 'singleton', 'three_views'])
def test_supcon_equals_pytorch_metric_learning(golden, name):
    arrays = case(golden, 'sbcl_supcon', name)
    loss = SupConLoss(float(arrays['temperature']))
    theirs = MetricLearningSupConLoss(loss.temperature, reducer=MeanReducer())
    features, labels = arrays['features'], arrays['labels']
    expected = theirs(features.flatten(0, 1), labels.repeat_interleave(features.shape[1]))
    torch.testing.assert_close(loss(features, labels), expected)


@pytest.mark.parametrize('dtype', DTYPES)
def test_k_positives_equal_the_reference(golden, dtype):
    for name in case_names(golden, 'sbcl_kcl', without=['expectation']):
        arrays = case(golden, 'sbcl_kcl', name, dtype)
        loss = KPositiveSupConLoss(float(arrays['temperature']), int(arrays['k']))
        value, grad = queue_loss(loss, arrays)
        assert_golden(value, grad, arrays['loss'], arrays['grad_query'], name)
        pairs = queue_pairs(*(arrays[key] for key in (
            'query', 'key', 'labels', 'queue', 'queue_labels')))
        assert (loss._positives(pairs).sum(dim=1) - 1).equal(arrays['num_positives']), name


def test_drawn_positives_have_the_expectation_of_the_reference(golden):
    arrays = case(golden, 'sbcl_kcl', 'expectation')
    loss = KPositiveSupConLoss(float(arrays['temperature']), int(arrays['k']))
    np.random.seed(0)
    results = [queue_loss(loss, {**arrays, 'query': arrays['query'].clone()}) for _ in range(400)]
    values = torch.stack([value.detach() for value, _ in results]).double()
    assert values.min() >= arrays['loss_min'] - 1e-5
    assert values.max() <= arrays['loss_max'] + 1e-5
    assert values.std() > arrays['loss_std'] / 2
    assert (values.mean() - arrays['loss_expected']).abs() < 4 * arrays['loss_std'] / 20
    grad = torch.stack([grad for _, grad in results]).double().mean(dim=0)
    scale = arrays['grad_expected'].abs().max()
    assert (grad - arrays['grad_expected']).abs().max() < 0.1 * scale


def test_the_seed_of_numpy_decides_the_draw(golden):
    arrays = case(golden, 'sbcl_kcl', 'expectation')
    loss = KPositiveSupConLoss(float(arrays['temperature']), int(arrays['k']))
    values = []
    for seed in (1, 1, 2):
        np.random.seed(seed)
        values.append(queue_loss(loss, {**arrays, 'query': arrays['query'].clone()})[0].item())
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('given_early', [True, False])
def test_targets_equal_the_reference(golden, dtype, given_early):
    for name in ('few_positives', 'one_class', 'empty_queue', 'tiny_temp'):
        arrays = case(golden, 'sbcl_tsc', name, dtype)
        targets = arrays['targets']
        kwargs = dict(temperature=float(arrays['temperature']), k=int(arrays['k']),
                      target_weight=float(arrays['target_weight']))
        early, late = (targets, None) if given_early else (None, targets)
        value, grad = queue_loss(TargetedSupConLoss(targets=early, **kwargs), arrays, targets=late)
        assert_golden(value, grad, arrays['loss'], arrays['grad_query'], name)
        for prefix, released in (('', False), ('code_', True)):
            weightless = TargetedSupConLoss(**{**kwargs, 'target_weight': 0.0},
                                            divide_target_by_count=released)
            whole = TargetedSupConLoss(**kwargs, divide_target_by_count=released)
            values = []
            for loss in (whole, weightless):
                arrays['query'] = arrays['query'].detach()
                values.append(queue_loss(loss, arrays, targets=targets)[0].double())
            for found, key in ((values[0], 'loss'), (values[1], 'loss_class'),
                               (values[0] - values[1], 'loss_target_weighted')):
                torch.testing.assert_close(found.detach(), arrays[prefix + key], rtol=1e-5,
                                           atol=2e-5)


def unit(*shape, seed=0):
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_without_targets_tsc_is_kcl_and_with_a_whole_class_kcl_is_scl():
    features, labels = unit(6, 2, 8), torch.tensor([0, 0, 0, 1, 1, 2])
    expected = SupConLoss(0.2)(features, labels)
    assert KPositiveSupConLoss(0.2, k=None)(features, labels).equal(expected)
    assert KPositiveSupConLoss(0.2, k=4)(features, labels=labels).equal(expected)
    assert TargetedSupConLoss(0.2, k=4)(features, labels).equal(expected)
    query, key, queue = features[:, 0], features[:, 1], unit(9, 8, seed=1)
    queue_labels = torch.tensor([0, 0, 1, 1, 2, 2, 2, -1, -1])
    expected = KPositiveSupConLoss(0.2, k=None)(query, key, labels, queue, queue_labels)
    found = SupConLoss(0.2)(features, labels, key=key, queue=queue, queue_labels=queue_labels)
    assert found.equal(expected)


@pytest.mark.parametrize('class_temperature', [None, torch.tensor([0.05, 0.3, 1.0])])
def test_targets_in_the_batch_by_a_loop(class_temperature):
    features, labels, targets = unit(4, 2, 5), torch.tensor([0, 1, 0, 0]), unit(3, 5, seed=1)
    temperature = torch.full((3, ), 0.1) if class_temperature is None else class_temperature
    vectors, owners = features.flatten(0, 1), labels.repeat_interleave(2)
    total = 0.0
    for anchor in range(8):
        others = [i for i in range(8) if i != anchor]
        scores = torch.cat([vectors[others], targets]) @ vectors[anchor]
        scores = scores / temperature[owners[anchor]]
        log_prob = scores.log_softmax(0)
        positives = [place for place, i in enumerate(others) if owners[i] == owners[anchor]]
        total -= log_prob[positives].mean() + 0.5 * log_prob[7 + owners[anchor]]
    loss = TargetedSupConLoss(0.1, k=None, target_weight=0.5)
    found = loss(features, labels, targets=targets, class_temperature=class_temperature)
    torch.testing.assert_close(found, total / 8)


def test_temperatures_of_classes_with_a_queue_by_a_loop():
    query, key, queue, targets = unit(3, 5), unit(3, 5, seed=1), unit(6, 5, seed=2), unit(3, 5)
    labels, queue_labels = torch.tensor([0, 2, 0]), torch.tensor([0, 1, 2, 0, -1, 2])
    temperature, loss = torch.tensor([0.05, 0.3, 1.0]), TargetedSupConLoss(0.1, k=None)
    for points in (targets, None):
        expected = []
        for anchor, label in enumerate(labels):
            everything = [key[anchor], *queue, *([] if points is None else points)]
            scores = torch.stack([query[anchor] @ other for other in everything])
            log_prob = (scores / temperature[label]).log_softmax(0)
            positives = [0] + [1 + i for i in range(6) if queue_labels[i] == label]
            of_target = 0.0 if points is None else log_prob[7 + label]
            expected.append(-log_prob[positives].mean() - 0.2 * of_target)
        for anchor, value in enumerate(expected):
            one = slice(anchor, anchor + 1)
            found = loss(query[one], key[one], labels[one], queue, queue_labels, points,
                         temperature)
            torch.testing.assert_close(found, value)
        found = loss(query, key, labels, queue, queue_labels, points, temperature)
        torch.testing.assert_close(found, torch.stack(expected).mean())


def test_equal_temperatures_of_classes_are_the_temperature():
    features, labels, targets = unit(6, 2, 8), torch.tensor([0, 0, 0, 1, 1, 2]), unit(3, 8, seed=1)
    queued = features[:, 0], features[:, 1], labels, unit(9, 8, seed=2), torch.arange(9) % 4 - 1
    loss, equal = TargetedSupConLoss(0.1, k=None), torch.full((3, ), 0.1)
    for args in ((features, labels), queued):
        for points in (targets, None):
            torch.testing.assert_close(
                loss(*args, targets=points, class_temperature=equal), loss(*args, targets=points))
    with torch.autocast('cpu', dtype=torch.bfloat16):
        low = loss(*queued, targets, equal.bfloat16())
    torch.testing.assert_close(low, loss(*queued, targets, equal.bfloat16().float()))


def test_k_in_the_batch_keeps_own_views_and_draws_from_other_images():
    features, labels = unit(5, 3, 8), torch.zeros(5, dtype=torch.long)
    none_drawn = KPositiveSupConLoss(0.1, k=0)(features, labels)
    apart = features.flatten(0, 1) @ features.flatten(0, 1).T / 0.1
    log_prob = apart.fill_diagonal_(float('-inf')).log_softmax(1)
    own = torch.block_diag(*[1 - torch.eye(3)] * 5).bool()
    torch.testing.assert_close(none_drawn, -log_prob[own].mean())


@settings(deadline=None, max_examples=60)
@given(temperature=st.sampled_from([0.002, 0.05, 1.0]), seed=st.integers(0, 99),
       labels=st.lists(st.integers(0, 2), min_size=1, max_size=6), views=st.integers(1, 3),
       k=st.sampled_from([None, 0, 1, 3]), dtype=st.sampled_from([torch.float16, torch.float32]))
def test_always_finite(temperature, seed, labels, views, k, dtype):
    features = unit(len(labels), views, 4, seed=seed).to(dtype).requires_grad_()
    labels = torch.tensor(labels)
    losses = [KPositiveSupConLoss(temperature, k)(features, labels),
              TargetedSupConLoss(temperature, k)(features, labels, targets=unit(3, 4)),
              KPositiveSupConLoss(temperature, k)(
                  features[:, 0], features[:, 0], labels, features[:, 0], labels - 1)]
    for loss in losses:
        assert loss.dtype == torch.float32 and loss.isfinite() and loss >= -1e-4
        features.grad = None
        loss.backward(retain_graph=True)
        assert features.grad.isfinite().all()


def test_mixed_precision_changes_nothing():
    features, labels = unit(6, 2, 8).requires_grad_(), torch.tensor([0, 0, 0, 1, 1, 2])
    loss = SupConLoss(0.01)
    expected = loss(features, labels)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert loss(features, labels).equal(expected)


def joint_batch():
    labels = torch.tensor([0, 0, 1, 2, 0, 1, 3])  # 3 has no other image
    return unit(7, 2, 8), labels, unit(4, 8, seed=3), unit(11, 8, seed=4), torch.arange(11) % 5 - 1


def losses_of_a_share(rank, sizes, views):
    features, labels, targets, queue, queue_labels = joint_batch()
    share = slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    features, labels = features[share, :views].clone().requires_grad_(), labels[share]
    queued = (features[:, 0], features[:, -1], labels, queue, queue_labels)
    results, temperatures = [], torch.tensor([0.1, 0.2, 0.5, 0.9])
    for loss, args, kwargs in [
            (SupConLoss(0.1), (features, labels), {}),
            (KPositiveSupConLoss(0.1, k=1), (features, labels), {}),
            (TargetedSupConLoss(0.1, k=1), (features, labels), dict(targets=targets)),
            (KPositiveSupConLoss(0.1, k=1), queued, {}),
            (TargetedSupConLoss(0.1, k=1), queued, dict(targets=targets)),
            (TargetedSupConLoss(0.1, k=1), (features, labels), dict(
                targets=targets, class_temperature=temperatures)),
            (TargetedSupConLoss(0.1, k=1), queued, dict(
                targets=targets, class_temperature=temperatures))]:
        np.random.seed(5)
        features.grad = None
        value = loss(*args, **kwargs)
        value.backward()
        results.append((value.detach(), features.grad.clone()))
    return results


@pytest.mark.parametrize(('sizes', 'views'), [((4, 3), 2), ((1, 6), 1)])
def test_two_ranks_equal_the_joint_batch(sizes, views):
    expected = losses_of_a_share(0, (7, ), views)
    shares = on_two_ranks(losses_of_a_share, sizes, views)
    for (value, grad), (first, first_grad), (second, second_grad) in zip(
            expected, *shares, strict=True):
        # DDP averages gradients over ranks, and mmengine logs the mean of the values
        torch.testing.assert_close((first + second) / 2, value, rtol=1e-6, atol=1e-6)
        found = torch.cat([first_grad, second_grad]) / 2
        torch.testing.assert_close(found, grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(('build', 'message'), [
    (lambda: SupConLoss(0), 'temperature must be a positive number, got 0'),
    (lambda: KPositiveSupConLoss(k=-1), 'k must be at least 0, or None for the whole class'),
    (lambda: TargetedSupConLoss(target_weight=-1), 'target_weight must be at least 0, got -1'),
    (lambda: SupConLoss()(unit(4, 2, 3), torch.zeros(3)), r'labels \[N\], got \(4, 2, 3\)'),
    (lambda: KPositiveSupConLoss()(unit(4, 3), unit(4, 3), torch.zeros(4)), 'one of them is miss'),
    (lambda: SupConLoss()(unit(4, 1, 3), torch.zeros(4), queue=unit(2, 3)), 'needs key, labels'),
    (lambda: KPositiveSupConLoss()(unit(4, 3), unit(3, 3), torch.zeros(4), unit(2, 3),
                                   torch.zeros(2)), r'key \[N, D\] and labels'),
    (lambda: KPositiveSupConLoss()(unit(4, 3), unit(4, 3), torch.zeros(4), unit(2, 3),
                                   torch.zeros(3)), r'queue \[Q, D\] and queue_labels \[Q\]'),
])
def test_mistakes_are_told(build, message):
    with pytest.raises(ValueError, match=message):
        build()
