import numpy as np
import pytest
import torch

from ltplug.models import BiGranularityLoss, KPositiveSupConLoss, SupConLoss
from tests.models.methods.small import LABELS, QUEUE, batch, build
from tests.ranks import on_two_ranks

LOSS = dict(type='ltplug.BiGranularityLoss', temperature=0.2, beta=0.5)
CLUSTERS, TEMPERATURE = torch.tensor([0, 0, 1, 0, 1, 1]), torch.tensor([0.3, 0.4, 0.5])


def build_filled(name, **kwargs):
    model = build(name, loss=LOSS, **kwargs)
    model.subclasses.allocate(3, 0.2, 6)
    model.subclasses.fill(TEMPERATURE, 2, CLUSTERS)
    return model


def shuffled():
    views, samples = batch()
    order = [3, 1, 0, 5, 4, 2]
    return [view[order] for view in views], [samples[i] for i in order], torch.tensor(order)


def test_clusters_are_found_by_the_index_in_the_dataset():
    model, (views, samples, order) = build_filled('SBCL'), shuffled()
    found = model(views, samples, mode='loss')['loss']
    features = torch.stack([model.project(view) for view in views], dim=1)
    labels = torch.tensor(LABELS)[order]
    expected = BiGranularityLoss(0.2, 0.5)(features, labels, CLUSTERS[order], TEMPERATURE)
    torch.testing.assert_close(found, expected)


def test_the_queue_follows_a_new_numbering():
    model, (views, samples, order) = build_filled('SBCLMoCo', **QUEUE), shuffled()
    model(views, samples, mode='loss')
    entries = model.queue.entries()
    assert entries.indices[:6].equal(order)
    renumbered = 1 - CLUSTERS
    model.subclasses.fill(TEMPERATURE, 3, renumbered)
    found = model(views, samples, mode='loss')['loss']
    queue_clusters = torch.cat([renumbered[order], torch.full((6, ), -1)])
    labels = torch.tensor(LABELS)[order]
    expected = BiGranularityLoss(0.2, 0.5)(
        model.project(views[0])[:, None], labels, renumbered[order], TEMPERATURE,
        key=model.project(views[1]), queue=entries.features, queue_labels=entries.labels,
        queue_cluster_ids=queue_clusters)
    torch.testing.assert_close(found, expected)


def test_before_the_first_clustering_the_loss_is_that_of_the_warm_up():
    (views, samples), labels = batch(), torch.tensor(LABELS)
    model = build('SBCL', loss=LOSS)
    model.subclasses.allocate(3, 0.2, 6)
    features = torch.stack([model.project(view) for view in views], dim=1)
    torch.testing.assert_close(model(views, samples, mode='loss')['loss'],
                               SupConLoss(0.2)(features, labels))
    model = build('SBCLMoCo', loss=LOSS, **QUEUE)
    model.subclasses.allocate(3, 0.2, 6)
    assert isinstance(model.warmup_loss, KPositiveSupConLoss)
    assert model.warmup_loss.k == 6 and model.warmup_loss.temperature == 0.2
    entries = model.queue.entries()
    found = model(views, samples, mode='loss')['loss']
    expected = model.warmup_loss.with_queue(model.project(views[0]), model.project(views[1]),
                                            labels, entries.features, entries.labels)
    torch.testing.assert_close(found, expected)


def test_the_tables_are_in_the_state():
    model, other = build_filled('SBCL'), build('SBCL', seed=1, loss=LOSS)
    assert not other.subclasses.is_filled
    other.subclasses.allocate(3, 0.2, 6)
    other.load_state_dict(model.state_dict())
    assert other.subclasses.is_filled and other.subclasses.cluster_ids.equal(CLUSTERS)


def loss_and_grad(rank, sizes):
    results, share = [], slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    for name, queue in (('SBCL', {}), ('SBCLMoCo', QUEUE)):
        model = build_filled(name, **queue)
        for _ in range(2):  # the second time against a queue with keys
            model.zero_grad()
            views, samples, _ = shuffled()
            loss = model([view[share] for view in views], samples[share], mode='loss')['loss']
            loss.backward()
        grads = [p.grad for p in model.parameters() if p.requires_grad]
        results.append((loss.item(), grads, dict(model.named_buffers())))
    return results


def test_two_ranks_equal_the_joint_batch():
    expected, shares = loss_and_grad(0, (6, )), on_two_ranks(loss_and_grad, (4, 2))
    for (loss, grads, buffers), first, second in zip(expected, *shares, strict=True):
        np.testing.assert_allclose((first[0] + second[0]) / 2, loss, atol=1e-5)
        for grad, one, other in zip(grads, first[1], second[1], strict=True):
            torch.testing.assert_close((one + other) / 2, grad, rtol=1e-5, atol=1e-5)
        for name, value in buffers.items():
            torch.testing.assert_close(first[2][name], second[2][name], rtol=0, atol=0)
            torch.testing.assert_close(first[2][name], value, rtol=1e-6, atol=1e-6)


def test_mistakes_are_told():
    model, (views, samples) = build_filled('SBCL'), batch(marked=False)
    with pytest.raises(ValueError, match='SBCL needs the index of every sample: wrap'):
        model(views, samples, mode='loss')
    with pytest.raises(ValueError, match='needs somebody to cluster its classes: add subclasses='):
        build('SBCL', loss=LOSS)(*batch(), mode='loss')
    with pytest.raises(ValueError, match='BiGranularityLoss"\\), got SupConLoss'):
        build('SBCL', loss=dict(type='ltplug.SupConLoss'))
