import copy

import pytest
import torch
from mmengine.optim import OptimWrapper
from torch import nn

from ltplug.engine import EpochwiseOptimWrapper

BATCHES = torch.randn(5, 4, 3, generator=torch.Generator().manual_seed(0))


def wrapper_of(kind, model, length=5, **kwargs):
    wrapper = kind(torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9), **kwargs)
    if kind is EpochwiseOptimWrapper:
        wrapper.epoch_length = length
    return wrapper


def train(model, wrapper, first, last):
    """Train from one iteration to another, five batches an epoch; tell after which it stepped."""
    wrapper.initialize_count_status(model, first, 10)
    steps = []
    for iteration in range(first, last):
        before = model.weight.clone()
        will_step = wrapper.should_sync()
        wrapper.update_params(model(BATCHES[iteration % 5]).square().mean())
        assert wrapper.should_update() == will_step
        if not model.weight.equal(before):
            steps.append(iteration + 1)
            assert will_step
    return steps


@pytest.mark.parametrize(('counts', 'expected'), [
    (1, list(range(1, 11))), (2, [2, 4, 5, 7, 9, 10]), (3, [3, 5, 8, 10]), (5, [5, 10]),
    (7, [5, 10])])
def test_steps_end_with_the_epoch(counts, expected):
    model = nn.Linear(3, 2)
    wrapper = wrapper_of(EpochwiseOptimWrapper, model, accumulative_counts=counts)
    assert train(model, wrapper, 0, 10) == expected


def test_a_step_is_that_of_the_batches_together():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    joint = copy.deepcopy(model)
    train(model, wrapper_of(EpochwiseOptimWrapper, model, accumulative_counts=3), 0, 10)
    optimizer = torch.optim.SGD(joint.parameters(), lr=0.1, momentum=0.9)
    for group in (slice(0, 3), slice(3, 5)) * 2:
        optimizer.zero_grad()
        joint(BATCHES[group].flatten(0, 1)).square().mean().backward()
        optimizer.step()
    torch.testing.assert_close(model.weight, joint.weight)


def test_nothing_is_lost_between_epochs():
    torch.manual_seed(0)
    whole = nn.Linear(3, 2)
    broken, stock = copy.deepcopy(whole), copy.deepcopy(whole)
    train(whole, wrapper_of(EpochwiseOptimWrapper, whole, accumulative_counts=2), 0, 10)
    for first in (0, 5):
        if first == 0:
            wrapper = wrapper_of(EpochwiseOptimWrapper, broken, accumulative_counts=2)
        else:
            state = copy.deepcopy(wrapper.state_dict())
            wrapper = wrapper_of(EpochwiseOptimWrapper, broken, accumulative_counts=2)
            wrapper.load_state_dict(state)
        train(broken, wrapper, first, first + 5)
    assert broken.weight.equal(whole.weight)
    # mmengine steps after iterations 2, 4, 6 and so on
    steps = train(stock, wrapper_of(OptimWrapper, stock, accumulative_counts=2), 0, 10)
    assert steps == [2, 4, 6, 8, 10]


def test_without_epochs_it_counts_as_mmengine():
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    stock = copy.deepcopy(model)
    ours = wrapper_of(EpochwiseOptimWrapper, model, length=None, accumulative_counts=3)
    theirs = wrapper_of(OptimWrapper, stock, accumulative_counts=3)
    assert train(model, ours, 0, 10) == train(stock, theirs, 0, 10) == [3, 6, 9, 10]
    assert model.weight.equal(stock.weight)
