from types import SimpleNamespace

import torch
from mmengine.dataset import DefaultSampler

from ltplug.datasets import Digits, DrawBatchSampler
from ltplug.engine import IterationSeedHook


def drawn(seed, iteration):
    IterationSeedHook().before_train_iter(SimpleNamespace(seed=seed, iter=iteration), 0)
    return torch.rand(()).item()


def test_draws_depend_on_seed_and_iteration_alone():
    first = drawn(0, 5)
    torch.rand(100)
    assert drawn(0, 5) == first
    assert len({drawn(seed, iteration) for seed in range(5) for iteration in range(5)}) == 25


def test_ranks_draw_apart(monkeypatch):
    first = drawn(0, 5)
    monkeypatch.setattr('ltplug.engine.hooks.iteration_seed.get_rank', lambda: 1)
    assert drawn(0, 5) != first


def test_a_resumed_seed_reaches_the_sampler():
    batch_sampler = DrawBatchSampler(DefaultSampler(Digits(size=8), seed=1), 8)
    runner = SimpleNamespace(train_dataloader=SimpleNamespace(batch_sampler=batch_sampler),
                             _resume=True, _randomness_cfg={}, seed=42)
    IterationSeedHook().before_train(runner)
    assert batch_sampler.sampler.seed == 42
