"""Processes of their own, as users start them, but with all imports done.

A fresh interpreter needs five seconds of imports. Here one process does them once and nothing else,
and is copied (forked) for every process that a test asks for: each begins with nothing but modules
and can be killed. Real interpreters, and torchrun, are started by ``tests/test_registry.py``,
``tests/engine/test_distributed.py`` and ``tests/engine/test_publish.py``.
"""

import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from multiprocessing import connection, forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path
from unittest import mock

import torch

ROOT = Path(__file__).parent.parent
TIMEOUT = 240

context = multiprocessing.get_context('forkserver')
context.set_forkserver_preload(['tests.preloaded'])


def call(code: str, timeout: int = TIMEOUT, **env: str) -> subprocess.CompletedProcess:
    """Run Python code in a process of its own, in the root of the repository.

    Args:
        code (str): The code.
        timeout (int): Seconds after which the process is killed. Defaults to 240.
        **env (str): Variables of its environment.

    Returns:
        subprocess.CompletedProcess: With exit code (minus the signal that killed it) and output.
    """
    return _call([code], [env], timeout)


def call_ranks(number: int, code: str, timeout: int = TIMEOUT,
               **env: str) -> subprocess.CompletedProcess:
    """Run Python code in so many processes that find each other as those of torchrun do.

    Args:
        number (int): Of processes.
        code (str): The code, the same for all.
        timeout (int): Seconds after which they are killed. Defaults to 240.
        **env (str): Variables of their environment.

    Returns:
        subprocess.CompletedProcess: With the first exit code that is not 0, if any, and the output
        of all of them, one after the other. Where one fails the others are killed.
    """
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    group = {'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': str(port), 'WORLD_SIZE': str(number)}
    environments = [{**env, **group, 'RANK': str(rank), 'LOCAL_RANK': str(rank)}
                    for rank in range(number)]
    return _call([code] * number, environments, timeout)


def start_server() -> None:
    """Start the process that is copied, unless it runs."""
    with mock.patch.dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1'):
        forkserver.ensure_running()


def _call(codes: list[str], environments: list[dict[str, str]],
          timeout: int) -> subprocess.CompletedProcess:
    start_server()
    with tempfile.TemporaryDirectory() as folder:
        outputs = [[str(Path(folder, f'{name}{number}')) for name in ('out', 'err')]
                   for number in range(len(codes))]
        processes = [
            context.Process(target=_execute, args=(code, {**os.environ, **env}, *files))
            for code, env, files in zip(codes, environments, outputs, strict=True)]
        for process in processes:
            process.start()
        try:
            code = _wait(processes, timeout)
        finally:
            for process in processes:
                process.kill()
                process.join()
        out, err = (''.join(Path(files[index]).read_text() for files in outputs
                            if Path(files[index]).exists()) for index in range(2))
    return subprocess.CompletedProcess(codes[0], code, out, err)


def _wait(processes: list[BaseProcess], timeout: int) -> int:
    """Return the first exit code that is not 0, or 0 once all have ended."""
    end = time.monotonic() + timeout
    running = {process.sentinel: process for process in processes}
    while running:
        ended = connection.wait(list(running), end - time.monotonic())
        if not ended:
            raise subprocess.TimeoutExpired('a copied process', timeout)
        for sentinel in ended:
            process = running.pop(sentinel)
            process.join()
            if process.exitcode:
                return process.exitcode
    return 0


def _execute(code: str, environment: dict[str, str], out: str, err: str) -> None:
    for number, path in ((1, out), (2, err)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    torch.set_num_threads(1)
    sys.argv = ['python']
    exec(compile(code, 'code', 'exec'), {'__name__': '__main__'})
