"""Whole runs on the digits, for tests that start processes."""

import os
import subprocess
from pathlib import Path

import torch

from ltplug.engine.checkpoint_io import load_checkpoint_file
from tests.processes import call, call_ranks

ROOT = Path(__file__).parent.parent.parent
LDAM_DRW = ROOT / 'configs/ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py'


def write_config(folder: Path, body: str = '', base: Path = LDAM_DRW, epochs: int = 4) -> Path:
    """Write a short variant of a digits config."""
    path = folder / 'short.py'
    path.write_text(f'''_base_ = ['{base}']
train_cfg = dict(max_epochs={epochs}, val_interval={epochs})
param_scheduler = [
    dict(type='LinearLR', start_factor=0.2, by_epoch=True, begin=0, end=2),
    dict(type='MultiStepLR', by_epoch=True, milestones=[3], gamma=0.1)]
{body}
''')
    return path


def run(command: list, timeout: int = 240, **env: str) -> subprocess.CompletedProcess:
    """Run a command in fresh interpreters of one thread each; PYTHONPATH finds the package."""
    env = {**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHONPATH': str(ROOT), **env}
    return subprocess.run([str(part) for part in command], env=env, cwd=ROOT, timeout=timeout,
                          capture_output=True, text=True)


def train(config: Path, work_dir: Path, *options: str, before: str = '') -> (
        subprocess.CompletedProcess):
    """Do what tools/train.py does in a process of its own, after some Python statements."""
    return call(_training(config, work_dir, *options, before=before))


def train_in_two(config: Path, work_dir: Path, *options: str) -> subprocess.CompletedProcess:
    """Do what torchrun and tools/train.py do in two processes."""
    return call_ranks(2, _training(config, work_dir, '--launcher', 'pytorch', *options))


def _training(config: Path, work_dir: Path, *options: str, before: str = '') -> str:
    arguments = [str(config), '--work-dir', str(work_dir), *options]
    return f'{before}\nfrom ltplug.cli.running import train_main\ntrain_main({arguments!r})'


def weights(path: Path) -> dict[str, torch.Tensor]:
    """Return model and optimizer tensors of a checkpoint."""
    checkpoint = load_checkpoint_file(path)
    tensors = {f'model.{key}': value for key, value in checkpoint['state_dict'].items()}
    for index, state in checkpoint['optimizer']['state'].items():
        tensors[f'optimizer.{index}'] = state['momentum_buffer']
    return tensors
