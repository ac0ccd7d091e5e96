"""Running a function in two processes of a gloo group."""

import tempfile
from pathlib import Path

import torch
import torch.distributed as torch_dist
import torch.multiprocessing as mp
from mmengine.registry import init_default_scope


def on_two_ranks(function, *args) -> list:
    """Call ``function(rank, *args)`` in two processes; returns what each returned."""
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(_run, (folder, function, args), nprocs=2)
        return [torch.load(Path(folder) / str(rank), weights_only=False) for rank in range(2)]


def _run(rank, folder, function, args):
    torch.set_num_threads(1)
    init_default_scope('mmpretrain')
    torch_dist.init_process_group('gloo', init_method=f'file://{folder}/group', rank=rank,
                                  world_size=2)
    torch.save(function(rank, *args), Path(folder) / str(rank))
    torch_dist.destroy_process_group()
