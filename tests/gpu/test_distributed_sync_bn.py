"""Torch's synchronised batch norm in two processes that share a GPU, by gloo."""

import os

import pytest
import torch

from tests.distributed.cases import BATCH_NORM, build
from tests.distributed.running import run
from tests.ranks import on_two_ranks

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')

TOLERANCE = 1e-4
METHODS = ('ldam-drw', 'dscl-pbsd', 'sdclr', 'vat')


def train(rank, case, work_dir, num_processes, sync_bn):
    os.environ['LOCAL_RANK'] = '0'
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True
    cfg = build(case._replace(rate=case.rate / 4), work_dir, num_processes, norm=None)
    cfg.sync_bn = 'torch' if sync_bn else None
    outcome = run(cfg)
    return outcome._replace(state={name: value.cpu() for name, value in outcome.state.items()},
                            start={name: value.cpu() for name, value in outcome.start.items()})


def gap(found, expected):
    return max((found.state[name] - value).abs().max().item()
               for name, value in expected.state.items()
               if value.is_floating_point() and value.numel() and 'running' not in name)


@pytest.mark.parametrize('name', METHODS)
def test_two_processes_agree_with_one(name, tmp_path):
    case = BATCH_NORM[name]
    alone = train(0, case, tmp_path / 'alone', 1, False)
    synced, other = on_two_ranks(train, case, tmp_path / 'synced', 2, True)
    apart, _ = on_two_ranks(train, case, tmp_path / 'apart', 2, False)
    assert all(other.state[key].equal(value) for key, value in synced.state.items())
    assert gap(synced, alone) <= TOLERANCE
    assert gap(synced, alone) * 10 <= gap(apart, alone), 'shares normalised apart differ'
    for key, value in alone.state.items():
        if 'running' in key:
            torch.testing.assert_close(synced.state[key], value, rtol=1e-3, atol=1e-3)
    moved = max((value - alone.start[key]).abs().max().item() for key, value in alone.state.items()
                if value.is_floating_point() and value.numel())
    assert moved >= 10 * TOLERANCE
