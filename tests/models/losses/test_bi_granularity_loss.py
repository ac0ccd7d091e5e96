import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from ltplug.models import BiGranularityLoss, SupConLoss
from ltplug.models.losses.contrastive_pairs import batch_pairs, queue_pairs
from tests.models.losses.contrastive_cases import DTYPES, assert_golden, case, case_names
from tests.ranks import on_two_ranks


def loss_of(arrays, **kwargs):
    return BiGranularityLoss(float(arrays['temperature']), float(arrays['beta']), **kwargs)


def close(found, expected):
    torch.testing.assert_close(found.detach().double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('dtype', DTYPES)
@pytest.mark.parametrize('numbering', ['cluster_ids', 'cluster_ids_global'])
def test_in_the_batch_equals_the_reference(golden, dtype, numbering):
    for name in case_names(golden, 'sbcl_bigran'):
        arrays = case(golden, 'sbcl_bigran', name, dtype)
        features, labels, ids = arrays['features'], arrays['labels'], arrays[numbering]
        temperature = arrays['class_temperature']
        features.requires_grad_()
        value = loss_of(arrays)(features, labels, ids, temperature)
        value.backward()
        assert_golden(value, features.grad, arrays['loss'], arrays['grad_features'], name)
        fine, coarse = loss_of(arrays).terms(batch_pairs(features, labels, ids), temperature)
        close(fine, arrays['per_anchor_fine'].flatten())
        close(coarse, arrays['per_anchor_coarse'].flatten())
        close(fine.mean(), arrays['loss_fine'])
        close(coarse.mean(), arrays['loss_coarse'])
        if 'code_loss' in arrays:
            features.grad = None
            released = loss_of(arrays, own_view_in_coarse=True)
            value = released(features, labels, ids, temperature)
            value.backward()
            assert_golden(value, features.grad, arrays['code_loss'], arrays['code_grad_features'],
                          name)
            _, coarse = released.terms(batch_pairs(features, labels, ids), temperature)
            close(coarse.mean(), arrays['code_loss_coarse'])


@pytest.mark.parametrize('dtype', DTYPES)
def test_with_a_queue_equals_the_reference(golden, dtype):
    for name in case_names(golden, 'sbcl_bigran_queue'):
        arrays = case(golden, 'sbcl_bigran_queue', name, dtype)
        query = arrays['query'].requires_grad_()
        args = (arrays['labels'], arrays['cluster_ids'], arrays['class_temperature'])
        queue = {key: arrays[key] for key in ('key', 'queue', 'queue_labels', 'queue_cluster_ids')}
        value = loss_of(arrays)(query[:, None], *args, **queue)
        value.backward()
        assert_golden(value, query.grad, arrays['loss'], arrays['grad_query'], name)
        pairs = queue_pairs(query, arrays['key'], arrays['labels'], arrays['queue'],
                            arrays['queue_labels'], arrays['cluster_ids'],
                            arrays['queue_cluster_ids'])
        fine, coarse = loss_of(arrays).terms(pairs, arrays['class_temperature'])
        close(fine.mean(), arrays['loss_fine'])
        close(coarse.mean(), arrays['loss_coarse'])
        close(loss_of(arrays, own_view_in_coarse=True)(query[:, None], *args, **queue),
              arrays['code_loss'])


def unit(*shape, seed=0):
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_one_cluster_per_class_is_scl():
    features, labels = unit(6, 2, 8), torch.tensor([0, 0, 0, 1, 1, 2])
    found = BiGranularityLoss(0.2, beta=3.0)(features, labels, torch.zeros(6), torch.ones(3))
    torch.testing.assert_close(found, SupConLoss(0.2)(features, labels))


def test_an_unknown_cluster_equals_no_other():
    features, labels = unit(4, 2, 8), torch.zeros(4, dtype=torch.long)
    loss, temperature = BiGranularityLoss(0.2), torch.ones(1)
    unknown = loss(features, labels, torch.tensor([-1, -1, 0, 0]), temperature)
    assert unknown.equal(loss(features, labels, torch.tensor([1, 2, 0, 0]), temperature))


@settings(deadline=None, max_examples=60)
@given(temperature=st.sampled_from([0.002, 0.1]), seed=st.integers(0, 99),
       samples=st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 2)), min_size=1, max_size=6),
       views=st.integers(1, 3), beta=st.sampled_from([0.0, 0.2]))
def test_always_finite(temperature, seed, samples, views, beta):
    labels, clusters = torch.tensor(samples).T
    features = unit(len(labels), views, 4, seed=seed).half().requires_grad_()
    loss = BiGranularityLoss(temperature, beta)
    for value in (loss(features, labels, clusters, torch.full((3, ), 0.002)),
                  loss(features, labels, clusters, torch.ones(3), key=features[:, 0],
                       queue=features[:, 0], queue_labels=labels - 1, queue_cluster_ids=clusters)):
        assert value.isfinite() and value >= -1e-4
        features.grad = None
        value.backward()
        assert features.grad.isfinite().all()


def loss_of_a_share(rank, sizes):
    labels, clusters = torch.tensor([0, 0, 1, 2, 0, 1, 3]), torch.tensor([0, 1, 0, 0, 1, 2, -1])
    share = slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    features = unit(7, 2, 8)[share].clone().requires_grad_()
    value = BiGranularityLoss(0.1)(features, labels[share], clusters[share],
                                   torch.tensor([0.2, 0.3, 0.4, 0.5]))
    value.backward()
    return value.detach(), features.grad


def test_two_ranks_equal_the_joint_batch():
    value, grad = loss_of_a_share(0, (7, ))
    (first, first_grad), (second, second_grad) = on_two_ranks(loss_of_a_share, (4, 3))
    torch.testing.assert_close((first + second) / 2, value, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(torch.cat([first_grad, second_grad]) / 2, grad, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('kwargs', [dict(temperature=-1.0), dict(beta=-0.1)])
def test_mistakes_are_told(kwargs):
    with pytest.raises(ValueError, match=f'{next(iter(kwargs))} must be'):
        BiGranularityLoss(**kwargs)
