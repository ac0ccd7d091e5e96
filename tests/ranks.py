"""Running functions in the processes of a gloo group."""

import atexit
import io
import os
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import torch
import torch.distributed as torch_dist
from mmengine.registry import init_default_scope
from mmengine.utils import ManagerMixin

from .processes import context, start_server


def on_two_ranks(function: Callable, *args) -> list:
    """Call ``function(rank, *args)`` in two processes; returns what each returned."""
    return on_ranks(2, function, *args)


def on_ranks(number: int, function: Callable, *args) -> list:
    """Call ``function(rank, *args)`` in so many processes; returns what each returned.

    The processes are started once in a test session; each call has a process group of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        group = f'file://{folder}/group'
        return _run([_Job(function, args, group, rank, number) for rank in range(number)])


class _Job:
    """What a process has to do."""

    def __init__(self, function: Callable, args: tuple, group: str, rank: int,
                 world_size: int) -> None:
        self.function, self.args = function, args
        self.group, self.rank, self.world_size = group, rank, world_size
        self.folder, self.environment = os.getcwd(), dict(os.environ)

    def run(self) -> Any:
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        for singletons in (ManagerMixin, *ManagerMixin.__subclasses__()):
            singletons._instance_dict.clear()
        init_default_scope('mmpretrain')
        os.environ.update(RANK=str(self.rank), LOCAL_RANK=str(self.rank),
                          WORLD_SIZE=str(self.world_size))  # as torchrun does
        torch_dist.init_process_group('gloo', init_method=self.group, rank=self.rank,
                                      world_size=self.world_size, timeout=timedelta(seconds=120))
        result = self.function(self.rank, *self.args)
        torch_dist.barrier()
        torch_dist.destroy_process_group()
        return result


_workers: list[tuple[BaseProcess, Connection]] = []


def _run(jobs: list[_Job]) -> list:
    start_server()
    while len(_workers) < len(jobs):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, ))
        process.start()
        theirs.close()
        _workers.append((process, ours))
    for job, (_, connection) in zip(jobs, _workers, strict=False):
        connection.send(job)
    pending = {connection: rank for rank, (_, connection) in enumerate(_workers[:len(jobs)])}
    results: list = [None] * len(jobs)
    while pending:
        for connection in wait(list(pending)):
            rank = pending.pop(connection)
            try:
                succeeded, content = connection.recv()
            except EOFError:
                succeeded, content = False, 'It ended without a word.'
            if not succeeded:
                _stop()  # the others may wait for it
                raise RuntimeError(f'Process {rank} failed:\n{content}')
            results[rank] = torch.load(io.BytesIO(content), weights_only=False)
    return results


def _work(connection: Connection) -> None:
    torch.set_num_threads(1)
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            job = connection.recv()
            try:
                content = io.BytesIO()
                torch.save(job.run(), content)
                connection.send((True, content.getvalue()))
            except BaseException:
                connection.send((False, traceback.format_exc()))


@atexit.register
def _stop() -> None:
    for process, connection in _workers:
        connection.close()
        process.kill()
        process.join()
    _workers.clear()
