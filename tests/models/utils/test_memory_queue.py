import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ltplug.models import MemoryQueue
from tests.ranks import on_two_ranks


def batch(number, start=0):
    indices = torch.arange(start, start + number)
    return indices[:, None] * torch.ones(1, 3), indices % 4, indices


def test_it_starts_with_unit_vectors_that_are_nobodys():
    queue = MemoryQueue(5, 3)
    torch.testing.assert_close(queue.features.norm(dim=1), torch.ones(5))
    assert (queue.labels == -1).all() and (queue.indices == -1).all() and len(queue) == 5


@settings(deadline=None, max_examples=60)
@given(length=st.integers(1, 9), sizes=st.lists(st.integers(0, 20), max_size=5))
def test_the_last_keys_are_in_it_whatever_the_batch_size(length, sizes):
    queue, total = MemoryQueue(length, 3), 0
    for size in sizes:
        queue.enqueue(*batch(size, total))
        total += size
    held = sorted(queue.indices[queue.indices >= 0].tolist())
    assert held == list(range(max(total - length, 0), total))
    assert queue.pointer == total % length
    for row, label, index in zip(*queue.entries(), strict=True):
        if index >= 0:
            assert (row == index).all() and label == index % 4
            assert queue.indices[index % length] == index
        else:
            assert label == -1


def test_what_is_not_known_is_minus_one():
    queue = MemoryQueue(4, 3)
    queue.enqueue(batch(6)[0].half())
    assert (queue.labels == -1).all() and (queue.indices == -1).all()
    assert queue.features.dtype == torch.float32 and queue.features[1, 0] == 5


def test_entries_can_go_backward_after_the_next_keys():
    queue, query = MemoryQueue(4, 3), torch.ones(2, 3, requires_grad=True)
    entries = queue.entries()
    loss = (query @ entries.features.T).exp().sum()
    queue.enqueue(*batch(3))
    loss.backward()
    assert not entries.features.equal(queue.features) and entries.indices.eq(-1).all()


def test_the_state_is_in_the_state_dict_and_keeps_its_tensors():
    queue, other = MemoryQueue(4, 3), MemoryQueue(4, 3)
    tensors = dict(queue.named_buffers())
    queue.enqueue(*batch(6))
    assert all(tensor is tensors[name] for name, tensor in queue.named_buffers())
    other.load_state_dict(queue.state_dict())
    for each in (queue, other):
        each.enqueue(*batch(3, 6))
    assert other.state_dict().keys() == {'features', 'labels', 'indices', 'pointer'}
    for name, value in queue.state_dict().items():
        assert other.state_dict()[name].equal(value)


def fill(rank, sizes):
    torch.manual_seed(0)
    queue, total = MemoryQueue(7, 3), 0
    for both in sizes:
        queue.enqueue(*batch(both[rank], total + sum(both[:rank])))
        total += sum(both)
    return queue.state_dict()


def test_ranks_hold_the_same_in_rank_order():
    first, second = on_two_ranks(fill, [(2, 2), (3, 1), (9, 8)])
    alone = fill(0, [(4, ), (4, ), (17, )])
    for name, value in alone.items():
        assert first[name].equal(value) and second[name].equal(value), name


def fill_golden(rank, arrays):
    queue = MemoryQueue(12, 5).double()
    queue.features.copy_(torch.from_numpy(arrays['queue0'].T))
    states = []
    for keys, labels in zip(arrays['keys'], arrays['labels'], strict=True):
        queue.enqueue(torch.from_numpy(keys[rank]), torch.from_numpy(labels[rank]))
        states.append((*queue.entries()[:2], queue.pointer.clone()))
    return states


def test_features_labels_and_pointer_equal_the_reference(golden):
    arrays = golden('dscl_queue')
    first, second = on_two_ranks(fill_golden, arrays)
    for step, states in enumerate(zip(first, second, strict=True)):
        for features, labels, pointer in states:
            assert features.equal(torch.from_numpy(arrays['queue'][step].T))
            assert labels.tolist() == arrays['queue_labels'][step].tolist()
            assert pointer == arrays['ptr'][step]


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='must be positive, got 0 and 3'):
        MemoryQueue(0, 3)
