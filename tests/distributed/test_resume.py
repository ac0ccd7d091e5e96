"""A run goes on with another number of processes."""

import pytest
from mmengine.dist import get_world_size

from ltplug.engine.checkpoint_io import secure_loading
from tests.ranks import on_two_ranks

from .cases import CASES, build
from .running import run
from .test_agreement import assert_same_end


def train(rank, case, work_dir, resumed=None):
    cfg = build(case, work_dir, get_world_size())
    cfg.default_hooks.checkpoint = dict(type='ltplug.AtomicCheckpointHook', interval=1)
    cfg.load_from, cfg.resume = resumed, resumed is not None
    with secure_loading():
        return run(cfg)


@pytest.mark.parametrize('name', ['kcl-queue', 'sbcl'])
def test_a_run_of_two_processes_goes_on_in_one_and_the_other_way_round(name, tmp_path):
    case, one, two = CASES[name], tmp_path / 'one', tmp_path / 'two'
    alone = train(0, case, one)
    on_two_ranks(train, case, two)
    resumed = train(0, case, tmp_path / 'alone', str(two / 'epoch_2.pth'))
    assert len(resumed.sizes) == len(alone.sizes) // 2
    assert_same_end(name, alone, resumed)
    assert_same_end(name, alone, *on_two_ranks(
        train, case, tmp_path / 'together', str(one / 'epoch_2.pth')))
