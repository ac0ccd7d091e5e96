"""Several processes, with GPUs or without."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as torch_dist
from mmengine.config import Config
from mmengine.dist import init_dist, is_distributed

import ltplug.models  # noqa: F401  (registers the wrappers)

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')
DDP, DDP_ON_CPUS = 'MMDistributedDataParallel', 'CPUDistributedDataParallel'
DDP_WITH_SYNC_BN = 'SyncBNDistributedDataParallel'
DEFAULT_PORT = '29500'


def init_distributed(cfg: Config, launcher: str) -> None:
    """Open the process group of a run of several processes.

    Before a Runner would, since what comes before it already asks which rank it is. mmengine's
    launcher selects a CUDA device even for gloo, so on a machine without one gloo is opened here.

    Args:
        cfg (Config): ``launcher`` and, without GPUs or with ``sync_bn``, ``model_wrapper_cfg`` are
            set in place. ``env_cfg.dist_cfg`` is what the group is opened with on GPUs.
        launcher (str): 'none', 'pytorch', 'slurm' or 'mpi'.

    Raises:
        ValueError: If the launcher is unknown, was not used, or needs GPUs that are not there; or
            the model cannot be spread as the config says.
    """
    if launcher not in LAUNCHERS:
        raise ValueError(f'launcher must be one of {", ".join(LAUNCHERS)}, got {launcher!r}.')
    cfg.launcher = launcher
    _refuse_sharding(cfg)
    if launcher == 'none':
        return
    _check_environment(launcher)
    if torch.cuda.is_available():
        if not is_distributed():
            _check_devices(launcher)
            init_dist(launcher, **(cfg.get('env_cfg') or {}).get('dist_cfg') or {})
    else:
        if launcher == 'mpi':
            raise ValueError('--launcher mpi needs GPUs here; on CPUs use torchrun and '
                             '--launcher pytorch.')
        if not torch_dist.is_initialized():
            if launcher == 'slurm':
                _read_slurm()
            torch_dist.init_process_group('gloo')
    _set_wrapper(cfg)


def _check_environment(launcher: str) -> None:
    if launcher == 'pytorch' and 'RANK' not in os.environ:
        raise ValueError('--launcher pytorch needs torchrun: start with tools/dist_train.sh, or '
                         '"torchrun --nproc_per_node N tools/train.py ...".')
    if launcher == 'slurm' and 'SLURM_PROCID' not in os.environ:
        raise ValueError('--launcher slurm needs srun: start with tools/slurm_train.sh, or '
                         '"srun --ntasks N python tools/train.py ..." inside an allocation.')


def _check_devices(launcher: str) -> None:
    place = int(os.environ.get('SLURM_LOCALID' if launcher == 'slurm' else 'LOCAL_RANK', 0))
    seen = torch.cuda.device_count()
    if place >= seen:
        raise ValueError(
            f'Process {place} (from 0) of this machine has no GPU of its own, for it sees {seen}: '
            'start as many processes as there are GPUs; under SLURM let every task of a machine '
            'see all of them (--gres=gpu:N rather than --gpus-per-task).')


def _read_slurm() -> None:
    """Tell torch what SLURM knows, as mmengine does where there are GPUs."""
    if 'MASTER_ADDR' not in os.environ:
        hosts = subprocess.run(['scontrol', 'show', 'hostnames', os.environ['SLURM_NODELIST']],
                               capture_output=True, text=True, check=True).stdout.split()
        os.environ['MASTER_ADDR'] = hosts[0]
    os.environ.setdefault('MASTER_PORT', DEFAULT_PORT)
    os.environ['RANK'] = os.environ['SLURM_PROCID']
    os.environ['WORLD_SIZE'] = os.environ['SLURM_NTASKS']
    os.environ['LOCAL_RANK'] = os.environ.get('SLURM_LOCALID', '0')


def _refuse_sharding(cfg: Config) -> None:
    wrapper = str((cfg.get('model_wrapper_cfg') or {}).get('type', ''))
    if cfg.get('strategy') or cfg.get('runner_type') == 'FlexibleRunner' or \
            'FullySharded' in wrapper:
        raise ValueError('Sharded parameters (FSDP, DeepSpeed, FlexibleRunner) are not offered: '
                         'methods with a second network and resumed runs do not survive them. '
                         'Leave out strategy, runner_type and model_wrapper_cfg; several '
                         'processes train by DDP.')


def _set_wrapper(cfg: Config) -> None:
    """Say how the model is wrapped, where mmengine's default does not do."""
    sync_bn = cfg.get('sync_bn')
    cfg.sync_bn = None  # mmengine would convert the layers its way
    if sync_bn not in (None, 'torch'):
        raise ValueError(f"sync_bn must be 'torch' or left out, got {sync_bn!r}.")
    has_gpus = torch.cuda.is_available()
    if sync_bn and not has_gpus:
        raise ValueError('sync_bn needs GPUs, because torch has no SyncBN for CPUs: leave it out; '
                         'each process then normalises its own share of a batch.')
    if has_gpus and not sync_bn:
        return
    wrapper = dict(broadcast_buffers=False,
                   find_unused_parameters=cfg.get('find_unused_parameters', False))
    if not has_gpus:
        wrapper['device_ids'] = None
    wrapper.update(cfg.get('model_wrapper_cfg') or {})
    own = wrapper.get('type', DDP)
    if own == DDP:
        wrapper['type'] = DDP_WITH_SYNC_BN if sync_bn else DDP_ON_CPUS
    elif sync_bn and own != DDP_WITH_SYNC_BN:
        raise ValueError(f'sync_bn and model_wrapper_cfg of type {own} do not go together: leave '
                         'out one of them.')
    cfg.model_wrapper_cfg = wrapper


@contextmanager
def process_group_closed_at_end() -> Iterator[None]:
    """Close the process group when the outermost run of this process ends."""
    is_outermost = not (torch_dist.is_available() and torch_dist.is_initialized())
    try:
        yield
    finally:
        if is_outermost and torch_dist.is_available() and torch_dist.is_initialized():
            torch_dist.destroy_process_group()
