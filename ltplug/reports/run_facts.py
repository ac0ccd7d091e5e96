"""What a run is: command, versions, seed, and how its config differs from its bases."""

import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import get_world_size

from ltplug.utils import flatten, write_json
from ltplug.version import __version__

from .run_files import RUN_FILE, read_json

PACKAGES = ('torch', 'torchvision', 'onedl-mmengine', 'onedl-mmcv', 'onedl-mmpretrain', 'numpy')
# Where a run lies and what it goes on from are no choices of an experiment.
_NO_CHOICES = ('work_dir', 'launcher', 'load_from', 'resume', 'experiment_name')


def describe_run(cfg: Config | None, seed: int | None = None,
                 class_counts: Sequence[int] | None = None,
                 group_counts: Sequence[int] | None = None,
                 task: dict | None = None) -> dict[str, Any]:
    """Return what is known of a run when it begins.

    Args:
        cfg (Config, optional): Its config, overrides included.
        seed (int, optional): The seed that it uses, or for a test that of the training.
        class_counts (Sequence[int], optional): Training images per class, [C].
        group_counts (Sequence[int], optional): The same of the data that define the groups.
        task (dict, optional): Of a stage that does not train, its task.

    Returns:
        dict[str, Any]: Plain values: these and ``config`` (its file), ``changes`` (key, value in
        the bases, value in the run), ``command``, ``folder``, ``time``, ``versions``, ``device``.
    """
    device = get_device()
    if device == 'cuda':
        device = torch.cuda.get_device_name()
    return {
        'command': shlex.join(sys.orig_argv), 'folder': os.getcwd(),
        'time': time.strftime('%Y-%m-%d %H:%M:%S'),
        'config': None if cfg is None else cfg.filename,
        'changes': [] if cfg is None else config_changes(cfg), 'task': task, 'seed': seed,
        'class_counts': class_counts, 'group_counts': group_counts,
        'versions': versions(), 'device': f'{get_world_size()} x {device}',
    }


def note_run(folder: str | Path, facts: dict[str, Any], is_resumed: bool = False) -> None:
    """Write ``run.json``.

    Args:
        folder (str or Path): Folder of the run.
        facts (dict): From :func:`describe_run`.
        is_resumed (bool): Whether to keep the commands that began the run. Defaults to False.
    """
    path = Path(folder) / RUN_FILE
    earlier = read_json(path).get('commands', []) if is_resumed else []
    this = {key: facts[key] for key in ('time', 'folder', 'command')}
    write_json(path, {**facts, 'commands': [*earlier, this]})


def versions() -> dict[str, str]:
    """Return the versions of Python, ltplug, its commit and what it stands on."""
    found = {'python': platform.python_version(), 'ltplug': __version__}
    root = Path(__file__).parent.parent.parent
    if (root / '.git').exists():
        git = subprocess.run(['git', '-C', str(root), 'describe', '--always', '--dirty', '--tags'],
                             capture_output=True, text=True, timeout=10)
        if git.returncode == 0:
            found['ltplug'] += f' ({git.stdout.strip()})'
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = 'not installed'
    return found


def config_changes(cfg: Config) -> list[tuple[str, Any, Any]]:
    """Return how a config differs from the ones it inherits.

    Args:
        cfg (Config): With overrides; without a file there is nothing to compare with.

    Returns:
        list[tuple[str, Any, Any]]: Dotted key, value in the bases and value in the config, as
        text; None where it is absent.
    """
    if not cfg.filename or not Path(cfg.filename).is_file():
        return []
    bases: dict[str, Any] = {}
    for base in Config._get_base_files(cfg.filename):
        path, _ = Config._get_cfg_path(base, cfg.filename)
        bases.update(Config.fromfile(path).to_dict())  # no key may stand in two bases
    before, now = (dict(flatten(each, skip=_NO_CHOICES)) for each in (bases, cfg.to_dict()))
    return [(key, *(repr(each[key]) if key in each else None for each in (before, now)))
            for key in {**before, **now} if key not in before or key not in now or
            before[key] != now[key]]
