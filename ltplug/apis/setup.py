"""From a config file to a Runner: what training and testing share."""

import copy
import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed as torch_dist
from mmengine.config import Config
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner

from ltplug.engine.checkpoint_io import write_atomically
from ltplug.engine.config_check import ConfigError, check_config
from ltplug.engine.config_tables import DEFAULT_HOOKS

LAUNCHERS = ('none', 'pytorch', 'slurm', 'mpi')
DATALOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def load_config(config: str | Path | Config, cfg_options: dict[str, Any] | None = None) -> Config:
    """Read a config, apply overrides and refuse what no component takes.

    Args:
        config (str, Path or Config): The config or its file.
        cfg_options (dict[str, Any], optional): Overrides by dotted key, as ``--cfg-options``.

    Returns:
        Config: The merged config.

    Raises:
        FileNotFoundError: If the file does not exist.
        ConfigError: If a key, an override or a variable has no reader.
    """
    if not isinstance(config, Config):
        if not Path(config).is_file():
            raise FileNotFoundError(f'There is no config file {config}.')
        config = Config.fromfile(config)
    else:
        config = copy.deepcopy(config)
    for key, value in (cfg_options or {}).items():
        try:
            config.merge_from_dict({key: value})
        except (AttributeError, AssertionError, KeyError, TypeError) as error:
            raise ConfigError(f'--cfg-options {key}={value} does not fit the config: {error}. Only '
                              'keys of dicts and items of lists of dicts can be set one by one; '
                              'give other lists whole.') from None
    _drop_disabled_hooks(config)
    check_config(config, cfg_options)
    return config


def _drop_disabled_hooks(config: Config) -> None:
    """Let ``default_hooks.NAME=None`` disable any hook; mmengine allows it for six of its own."""
    hooks = config.get('default_hooks') or {}
    for name in [name for name, hook in hooks.items() if hook is None]:
        if name not in DEFAULT_HOOKS:
            hooks.pop(name)


def default_work_dir(config: str | Path | Config) -> str:
    """Return mmpretrain's default folder: ``work_dirs/<name of the config file>``."""
    filename = config.filename if isinstance(config, Config) else config
    return str(Path('work_dirs') / (Path(filename).stem if filename else 'run'))


def adapt_to_machine(cfg: Config) -> None:
    """Switch off what this machine or the number of workers does not allow.

    Args:
        cfg (Config): Changed in place: pinned memory needs an accelerator, persistent workers
            need workers.
    """
    for key in DATALOADERS:
        loader = cfg.get(key)
        if not loader:
            continue
        if not torch.cuda.is_available():
            loader.pin_memory = False
        if not loader.get('num_workers'):
            loader.persistent_workers = False


def enable_amp(cfg: Config) -> None:
    """Train in mixed precision: float16 with loss scaling on a GPU, bfloat16 on a CPU.

    Args:
        cfg (Config): The type of its ``optim_wrapper`` is changed in place.

    Raises:
        ValueError: If the config names a wrapper of another kind.
    """
    mixed = 'AmpOptimWrapper' if torch.cuda.is_available() else 'ltplug.BFloat16OptimWrapper'
    current = cfg.optim_wrapper.get('type', 'OptimWrapper')
    if current not in ('OptimWrapper', mixed):
        raise ValueError(f'--amp would replace the optim_wrapper {current} of the config by '
                         f'{mixed}: leave --amp out or the type.')
    cfg.optim_wrapper.type = mixed


def init_distributed(cfg: Config, launcher: str) -> None:
    """Prepare a run of several processes; mmengine does the rest where there are GPUs.

    mmengine's launcher selects a CUDA device even for gloo, so on a machine without one the
    process group is opened here.

    Args:
        cfg (Config): ``launcher`` and, without GPUs, ``model_wrapper_cfg`` are set in place.
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
    if launcher == 'none' or torch.cuda.is_available():
        return
    if launcher != 'pytorch':
        raise ValueError(f'--launcher {launcher} needs GPUs here; on CPUs use torchrun and '
                         '--launcher pytorch.')
    if not torch_dist.is_initialized():
        torch_dist.init_process_group('gloo')
    cfg.setdefault('model_wrapper_cfg', dict(
        type='MMDistributedDataParallel', broadcast_buffers=False, device_ids=None,
        find_unused_parameters=cfg.get('find_unused_parameters', False)))


def build_runner(cfg: Config) -> Runner:
    """Build the Runner of a checked config under a name of its own.

    mmengine would name two runs of the same second alike and mix their logs. It would also
    overwrite the config in the work dir before anything has been tried; here that waits until
    training begins.

    Args:
        cfg (Config): The config.

    Returns:
        Runner: The runner.
    """
    name = [f'{Path(cfg.work_dir).name}_{time.strftime("%Y%m%d_%H%M%S")}_{uuid.uuid4().hex[:8]}']
    if torch_dist.is_available() and torch_dist.is_initialized():
        broadcast_object_list(name)
    cfg.setdefault('experiment_name', name[0])
    if is_main_process():
        # mmengine names folders by the second: a start never writes into those of another one
        while list(Path(cfg.work_dir).glob(f'{time.strftime("%Y%m%d_%H%M%S")}*')):
            time.sleep(0.1)
    nameless = Config(cfg.to_dict())  # without a file name mmengine names its dump by the time
    if 'runner_type' in nameless:
        return RUNNERS.build(nameless)
    return Runner.from_cfg(nameless)


def stop_workers(runner: Runner) -> None:
    """End the persistent workers of a runner that is not used any more.

    Left to the garbage collector, which may take a worker's queue before the worker, each of them
    is waited for five seconds.

    Args:
        runner (Runner): The runner.
    """
    for loop in (runner._train_loop, runner._val_loop, runner._test_loop):
        if isinstance(loop, BaseLoop):
            loop.dataloader._iterator = None


@contextmanager
def process_group_closed_at_end() -> Iterator[None]:
    """Close the process group when the outermost run of this process ends."""
    is_outermost = not (torch_dist.is_available() and torch_dist.is_initialized())
    try:
        yield
    finally:
        if is_outermost and torch_dist.is_available() and torch_dist.is_initialized():
            torch_dist.destroy_process_group()


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically, on the main process only."""
    if is_main_process():
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(content, indent=1, allow_nan=False)
        write_atomically(path, lambda file: file.write(text.encode()))
