"""One process of an NCCL group does what a process alone does."""

import socket

import pytest
import torch
import torch.distributed as torch_dist

from ltplug.apis.config import adapt_to_machine
from ltplug.apis.distributed import init_distributed, process_group_closed_at_end
from ltplug.apis.runner import build_runner
from ltplug.models import SyncBNDistributedDataParallel
from tests.distributed.cases import BATCH_NORM, build
from tests.distributed.running import smooth_activations

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')


def train(case, work_dir, launcher, **options):
    torch.manual_seed(0)
    cfg = build(case, work_dir, norm=None)
    cfg.update(options)
    adapt_to_machine(cfg)
    with process_group_closed_at_end():
        init_distributed(cfg, launcher)
        backend = torch_dist.get_backend() if torch_dist.is_initialized() else None
        runner = build_runner(cfg)
        with smooth_activations():
            runner.train()
    model = getattr(runner.model, 'module', runner.model)
    return backend, type(runner.model), {key: value.cpu().clone()
                                         for key, value in model.state_dict().items()}


@pytest.mark.parametrize('name', ['kcl-queue', 'sdclr', 'mean-teacher'])
def test_a_group_of_one_process(name, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, 'allow_tf32', False)
    monkeypatch.setattr(torch.backends.cudnn, 'deterministic', True)
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    for key, value in dict(RANK=0, LOCAL_RANK=0, WORLD_SIZE=1, MASTER_ADDR='127.0.0.1',
                           MASTER_PORT=port).items():
        monkeypatch.setenv(key, str(value))
    _, _, expected = train(BATCH_NORM[name], tmp_path / 'alone', 'none')
    backend, wrapper, found = train(BATCH_NORM[name], tmp_path / 'group', 'pytorch',
                                    sync_bn='torch')
    assert backend == 'nccl' and wrapper is SyncBNDistributedDataParallel
    for key, value in expected.items():
        torch.testing.assert_close(found[key], value, rtol=1e-4, atol=1e-4, msg=key)
