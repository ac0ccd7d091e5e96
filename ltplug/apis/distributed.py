"""Several processes, with GPUs or without."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as torch_dist
from mmengine.config import Config
from mmengine.dist import init_dist, is_distributed

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')


def init_distributed(cfg: Config, launcher: str) -> None:
    """Open the process group of a run of several processes.

    Before a Runner would, since what comes before it already asks which rank it is. mmengine's
    launcher selects a CUDA device even for gloo, so on a machine without one gloo is opened here.

    Args:
        cfg (Config): ``launcher`` and, without GPUs, ``model_wrapper_cfg`` are set in place.
            ``env_cfg.dist_cfg`` is what the group is opened with on GPUs.
        launcher (str): 'none', 'pytorch', 'slurm' or 'mpi'.

    Raises:
        ValueError: If the launcher is unknown, was not used, or needs GPUs that are not there.
    """
    if launcher not in LAUNCHERS:
        raise ValueError(f'launcher must be one of {", ".join(LAUNCHERS)}, got {launcher!r}.')
    cfg.launcher = launcher
    if launcher == 'pytorch' and 'RANK' not in os.environ:
        raise ValueError('--launcher pytorch needs torchrun: start with tools/dist_train.sh, or '
                         '"torchrun --nproc_per_node N tools/train.py ...".')
    if launcher == 'none':
        return
    if torch.cuda.is_available():
        if not is_distributed():
            init_dist(launcher, **(cfg.get('env_cfg') or {}).get('dist_cfg') or {})
        return
    if launcher != 'pytorch':
        raise ValueError(f'--launcher {launcher} needs GPUs here; on CPUs use torchrun and '
                         '--launcher pytorch.')
    if not torch_dist.is_initialized():
        torch_dist.init_process_group('gloo')
    cfg.setdefault('model_wrapper_cfg', dict(
        type='MMDistributedDataParallel', broadcast_buffers=False, device_ids=None,
        find_unused_parameters=cfg.get('find_unused_parameters', False)))


@contextmanager
def process_group_closed_at_end() -> Iterator[None]:
    """Close the process group when the outermost run of this process ends."""
    is_outermost = not (torch_dist.is_available() and torch_dist.is_initialized())
    try:
        yield
    finally:
        if is_outermost and torch_dist.is_available() and torch_dist.is_initialized():
            torch_dist.destroy_process_group()
