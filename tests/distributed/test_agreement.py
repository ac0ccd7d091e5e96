"""Two processes learn what one learns, whatever the method."""

import re

import pytest

from ltplug.models import methods
from ltplug.registry import DATA_SAMPLERS, HOOKS, MODELS
from tests.ranks import on_two_ranks

from .cases import ACCUMULATED, BATCH_NORM, CASES, ROOT, build, dicts_in
from .running import Outcome, run_case, run_with_batch_norm

TOLERANCE = 1e-5
STATISTICS_TOLERANCE = 1e-4
LEAST_MOVE = 1e-3
"""Far above the tolerance: parameters that hardly move agree whatever is wrong."""


def is_statistic(name: str) -> bool:
    return name.endswith(('running_mean', 'running_var'))


def assert_agreement(name: str, alone: Outcome, ranks: list[Outcome]) -> None:
    """Assert that both ranks share the batches of one process and end where it ends."""
    assert len(alone.sizes) >= 20
    assert [sum(sizes) for sizes in zip(*(rank.sizes for rank in ranks), strict=True)] == \
        alone.sizes
    assert_same_end(name, alone, *ranks)


def assert_same_end(name: str, alone: Outcome, *others: Outcome) -> None:
    """Assert that trainings end where one process ends, and print how near."""
    moved, worst = 0.0, 0.0
    for key, value in alone.state.items():
        assert all(other.state[key].equal(others[0].state[key]) for other in others), key
        if not value.is_floating_point():
            assert others[0].state[key].equal(value), key
            continue
        gap = (others[0].state[key] - value).abs().nan_to_num().max().item() if value.numel() else 0
        assert gap <= (STATISTICS_TOLERANCE if is_statistic(key) else TOLERANCE), key
        worst = worst if is_statistic(key) else max(worst, gap)
        if key in alone.trained:
            moved = max(moved, (value - alone.start[key]).abs().max().item())
    assert moved >= LEAST_MOVE
    print(f'{name:24} {worst:.1e} apart after moving by {moved:.1e}')


@pytest.mark.parametrize('name', CASES)
def test_two_processes_agree_with_one(name, tmp_path):
    case = CASES[name]
    alone = run_case(0, case, tmp_path / 'alone')
    assert_agreement(name, alone, on_two_ranks(run_case, case, tmp_path / 'together'))
    whole = alone.sizes[0]
    assert all(size == whole or size % 2 for size in alone.sizes), 'shares of whole batches'
    assert bool(alone.unused) == alone.searches_unused


@pytest.mark.parametrize('name', ACCUMULATED)
def test_they_agree_on_steps_of_several_batches(name, tmp_path):
    case = ACCUMULATED[name]
    alone = run_case(0, case, tmp_path / 'alone')
    assert_agreement(name, alone, on_two_ranks(run_case, case, tmp_path / 'together'))


@pytest.mark.parametrize('name', BATCH_NORM)
def test_batch_norm_agrees_with_shares_normalised_apart(name, tmp_path):
    case = BATCH_NORM[name]
    alone = run_with_batch_norm(0, case, tmp_path / 'alone')
    assert_agreement(name, alone, on_two_ranks(run_with_batch_norm, case, tmp_path / 'together'))


ELSEWHERE = {'ResNet', 'AtomicCheckpointHook', 'DualSyncBN'}


def test_all_that_trains_in_some_config_trains_here(tmp_path):
    configs = {name: build(case, tmp_path, norm=None) for name, case in CASES.items()}
    here = {node.type for cfg in configs.values() for node in dicts_in(cfg)
            if isinstance(node.get('type'), str)}
    written = {name for path in ROOT.glob('configs/**/*.py')
               for name in re.findall(r"type='ltplug\.(\w+)'", path.read_text(encoding='utf-8'))}
    trained = {name for name in written | set(methods.__all__) for registry in (
        MODELS, HOOKS, DATA_SAMPLERS) if registry.get(f'ltplug.{name}')}
    assert len(trained) > 60
    assert {name for name in trained if f'ltplug.{name}' not in here} <= ELSEWHERE
    assert {cfg.model.type for cfg in configs.values()} == {
        configs[name].model.type for name in BATCH_NORM}
