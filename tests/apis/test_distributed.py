import os

import pytest
import torch
from mmengine.config import Config

from ltplug.apis import distributed
from ltplug.apis.distributed import init_distributed


@pytest.fixture
def started(monkeypatch):
    """Pretend that torchrun and srun have started this process; no group is opened."""
    for name in ('RANK', 'SLURM_PROCID'):
        monkeypatch.setenv(name, '0')
    monkeypatch.setattr(torch.distributed, 'is_initialized', lambda: True)


@pytest.fixture
def with_gpus(started, monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(distributed, 'is_distributed', lambda: True)


@pytest.fixture
def opened(with_gpus, monkeypatch):
    """Collect how groups are opened on two GPUs."""
    calls = []
    monkeypatch.setattr(distributed, 'is_distributed', lambda: False)
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    monkeypatch.setattr(distributed, 'init_dist', lambda *args, **kwargs: calls.append(
        (args, kwargs)))
    return calls


def test_the_group_is_open_on_gpus_before_any_runner_is_built(opened, monkeypatch):
    cfg = Config(dict(env_cfg=dict(dist_cfg=dict(backend='nccl', timeout=60))))
    init_distributed(cfg, 'pytorch')
    init_distributed(Config(), 'slurm')
    assert opened == [(('pytorch', ), dict(backend='nccl', timeout=60)), (('slurm', ), {})]
    assert cfg.launcher == 'pytorch' and 'model_wrapper_cfg' not in cfg
    monkeypatch.setattr(distributed, 'is_distributed', lambda: True)
    init_distributed(cfg, 'pytorch')
    assert len(opened) == 2, 'an open group is kept'


@pytest.mark.parametrize(('launcher', 'variable'), [
    ('pytorch', 'LOCAL_RANK'), ('slurm', 'SLURM_LOCALID')])
def test_every_process_needs_a_gpu(opened, monkeypatch, launcher, variable):
    monkeypatch.setenv(variable, '1')
    init_distributed(Config(), launcher)
    monkeypatch.setenv(variable, '2')
    with pytest.raises(ValueError, match=r'Process 2 \(from 0\) .* it sees 2: start as many'):
        init_distributed(Config(), launcher)
    assert len(opened) == 1


def test_slurm_without_gpus_opens_a_group_on_the_first_machine(monkeypatch, tmp_path):
    (tmp_path / 'scontrol').write_text('#!/bin/sh\n[ "$*" = "show hostnames n[1-2]" ] || exit 1\n'
                                       'echo n1\necho n2\n')
    (tmp_path / 'scontrol').chmod(0o755)
    monkeypatch.setenv('PATH', str(tmp_path), prepend=':')
    for name in ('MASTER_ADDR', 'MASTER_PORT', 'RANK', 'WORLD_SIZE', 'LOCAL_RANK'):
        monkeypatch.setenv(name, 'before')
        monkeypatch.delenv(name)
    for name, value in dict(PROCID=3, NTASKS=4, LOCALID=1, NODELIST='n[1-2]').items():
        monkeypatch.setenv(f'SLURM_{name}', str(value))
    opened = []
    monkeypatch.setattr(torch.distributed, 'init_process_group', opened.append)
    init_distributed(Config(), 'slurm')
    assert opened == ['gloo']
    assert [os.environ[name] for name in (
        'MASTER_ADDR', 'MASTER_PORT', 'RANK', 'WORLD_SIZE', 'LOCAL_RANK')] == [
        'n1', '29500', '3', '4', '1']


def test_the_wrapper_without_gpus_keeps_what_the_config_says(started):
    cfg = Config(dict(find_unused_parameters=True, model_wrapper_cfg=dict(static_graph=True)))
    init_distributed(cfg, 'pytorch')
    assert cfg.model_wrapper_cfg == dict(
        type='CPUDistributedDataParallel', broadcast_buffers=False, device_ids=None,
        find_unused_parameters=True, static_graph=True)


def test_sync_bn_is_converted_by_our_wrapper(with_gpus):
    cfg = Config(dict(sync_bn='torch', model_wrapper_cfg=dict(find_unused_parameters=True)))
    init_distributed(cfg, 'pytorch')
    assert cfg.sync_bn is None, 'mmengine would convert too'
    assert cfg.model_wrapper_cfg == dict(
        type='SyncBNDistributedDataParallel', broadcast_buffers=False,
        find_unused_parameters=True)


@pytest.mark.parametrize(('launcher', 'config', 'sentence'), [
    ('gloo', {}, "must be one of none, pytorch, slurm, mpi, got 'gloo'"),
    ('pytorch', {}, 'start with tools/dist_train.sh'),
    ('slurm', {}, 'start with tools/slurm_train.sh'),
    ('mpi', {}, 'needs GPUs here; on CPUs use torchrun'),
    ('none', dict(strategy=dict(type='FSDPStrategy')), 'FSDP.* are not offered'),
    ('none', dict(runner_type='FlexibleRunner'), 'FSDP.* are not offered'),
    ('none', dict(model_wrapper_cfg=dict(type='MMFullyShardedDataParallel')), 'are not offered'),
])
def test_what_cannot_be_started_is_told(monkeypatch, launcher, config, sentence):
    for name in ('RANK', 'SLURM_PROCID'):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match=sentence):
        init_distributed(Config(config), launcher)


def test_sync_bn_that_cannot_be_is_told(started):
    with pytest.raises(ValueError, match='sync_bn needs GPUs'):
        init_distributed(Config(dict(sync_bn='torch')), 'pytorch')
    with pytest.raises(ValueError, match="must be 'torch' or left out, got 'mmcv'"):
        init_distributed(Config(dict(sync_bn='mmcv')), 'pytorch')


def test_sync_bn_and_another_wrapper_do_not_go_together(with_gpus):
    wrapper = dict(type='MMSeparateDistributedDataParallel')
    with pytest.raises(ValueError, match='leave out one of them'):
        init_distributed(Config(dict(sync_bn='torch', model_wrapper_cfg=wrapper)), 'pytorch')
