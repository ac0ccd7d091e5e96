import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub

from ltplug.models import ClassTargets
from tests.ranks import on_two_ranks


def batch(labels=(0, 1, 1, 2, 0, 2), seed=0):
    generator = torch.Generator().manual_seed(seed)
    features = F.normalize(torch.randn(len(labels), 4, generator=generator), dim=1)
    return features, torch.tensor(labels)


def test_centroids_follow_the_batches():
    module = ClassTargets(4, 4, momentum=0.1)
    features, labels = batch()
    module(features, labels)
    first = torch.stack([features[labels == label].mean(dim=0) for label in range(3)])
    torch.testing.assert_close(module.centroids[:3], F.normalize(first, dim=1))
    assert (module.centroids[3] == 0).all(), 'not seen yet'
    before = module.centroids.clone()
    features, labels = batch((1, 1), seed=1)
    module(features, labels)
    expected = F.normalize(0.9 * before[1] + 0.1 * features.mean(dim=0), dim=0)
    torch.testing.assert_close(module.centroids[1], expected)
    assert module.centroids[[0, 2, 3]].equal(before[[0, 2, 3]])


def test_every_class_gets_the_target_near_to_it():
    module = ClassTargets(4, 4)
    module(*batch())
    points = module.points.clone()
    order = torch.tensor([2, 0, 3, 1])
    module.centroids.copy_(points[order])
    found = module(points[order], torch.arange(4))
    assert found.equal(points[order]) and module.target_of_class.equal(order)
    assert module.points.equal(points), 'targets are fixed'


def test_the_assignment_is_made_in_intervals():
    module = ClassTargets(4, 4, assign_interval=3)
    module(*batch())
    module.target_of_class.copy_(torch.tensor([3, 2, 1, 0]))
    for step in (1, 2):
        module(*batch(seed=step))
        assert module.target_of_class.tolist() == [3, 2, 1, 0]
    module.centroids.copy_(module.points)
    module(module.points, torch.arange(4))
    assert module.target_of_class.tolist() == [0, 1, 2, 3]


def test_no_targets_while_warming_up():
    module, hub = ClassTargets(3, 4, warmup_epochs=2), MessageHub.get_instance('warm-up of targets')
    for epoch, is_warm in ((0, False), (1, False), (2, True)):
        hub.update_info('epoch', epoch)
        assert (module(*batch()) is not None) == is_warm
    assert module.steps == 1


def test_mixed_precision_changes_nothing():
    expected, module = ClassTargets(9, 4, num_steps=20), ClassTargets(9, 4, num_steps=20)
    expected(*batch())
    with torch.autocast('cpu', dtype=torch.bfloat16):
        module(*batch())
    for name, value in expected.state_dict().items():
        assert module.state_dict()[name].equal(value), name


def after_two_batches(rank, shares):
    module = ClassTargets(4, 4)
    for seed in range(2):
        features, labels = batch(seed=seed)
        module(features[shares[rank]], labels[shares[rank]])
    return module.state_dict()


def test_ranks_follow_the_joint_batch():
    expected = after_two_batches(0, [slice(None)])
    for found in on_two_ranks(after_two_batches, [slice(0, 2), slice(2, 6)]):
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, rtol=1e-6, atol=1e-6)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='assign_interval be at least 1'):
        ClassTargets(4, 4, assign_interval=0)


def test_targets_of_a_checkpoint_are_kept_by_a_module_that_has_begun():
    trained, resumed = ClassTargets(4, 4, seed=1), ClassTargets(4, 4, assign_interval=3)
    trained(*batch())
    resumed(*batch(seed=2))  # it knows its steps before it is told others
    resumed.load_state_dict({**trained.state_dict(), 'steps': torch.tensor(3)})
    assigned = resumed.target_of_class.fill_(0).clone()
    resumed(*batch())
    assert resumed.steps == 4 and resumed.points.equal(trained.points)
    assert not resumed.target_of_class.equal(assigned), 'steps 0, 3, 6, ... assign'
