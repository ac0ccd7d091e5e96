"""The project of ``examples/`` trains, by its own script and with its own loss."""

import ast
import importlib
import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from ltplug.apis import test as ltplug_test

PROJECT = Path(__file__).parent.parent / 'examples' / 'mmpretrain_project'
COUNTS = dict(ash=101, birch=20, cedar=4)  # many-, medium- and few-shot
SHORT = ['train_cfg.max_epochs=2', 'param_scheduler.0.T_max=2', 'model.backbone.base_channels=8',
         'model.backbone.stem_channels=8', 'model.head.in_channels=64']
for loader in ('train', 'val', 'test'):
    SHORT += [f'{loader}_dataloader.num_workers=0', f'{loader}_dataloader.persistent_workers=False']


def write_images(folder: Path, counts: dict[str, int]) -> None:
    """Write images of noise around a colour that tells their class."""
    rng = np.random.default_rng(0)
    for label, (name, count) in enumerate(counts.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            image = rng.integers(0, 80, (20, 24, 3), dtype=np.uint8)
            image[..., label] += 160
            cv2.imwrite(str(folder / name / f'{number}.png'), image)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the project, with images, as the current folder."""
    shutil.copytree(PROJECT, tmp_path / 'mine', ignore=shutil.ignore_patterns('__pycache__'))
    monkeypatch.chdir(tmp_path / 'mine')
    write_images(Path('data/leaves/train'), COUNTS)
    write_images(Path('data/leaves/val'), dict.fromkeys(COUNTS, 4))
    return tmp_path / 'mine'


@pytest.fixture
def leaves(project, monkeypatch):
    """The package of the project, as its script finds it."""
    monkeypatch.syspath_prepend(str(project))
    return importlib.import_module('leaves')


def accuracies(work_dir: str) -> list[dict]:
    """Return the metrics after every epoch, as mmengine logged them."""
    (path, ) = Path(work_dir).glob('*/vis_data/scalars.json')
    lines = map(json.loads, path.read_text().splitlines())
    return [line for line in lines if 'group_accuracy/few' in line]


def test_its_script_trains_with_sampler_loss_hook_and_metric(project):
    done = subprocess.run(
        [sys.executable, 'train.py', 'configs/ldam-drs.py', '--cfg-options', *SHORT,
         'train_dataloader.sampler.begin_epoch=1'],
        env={**os.environ, 'OMP_NUM_THREADS': '1'}, timeout=200, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    epochs = accuracies('work_dirs/ldam-drs')
    assert len(epochs) == 2 and {'accuracy/top1', 'group_accuracy/many'} <= set(epochs[0])
    # The groups are those of the training images, whatever the sampler draws.
    assert 'Many' in done.stdout and '101' in done.stdout
    assert Path('work_dirs/ldam-drs/epoch_2.pth').is_file()


def test_its_own_loss_gets_the_counts_and_its_checkpoint_is_tested_alone(leaves, monkeypatch):
    monkeypatch.setattr(sys, 'argv', ['train.py', 'configs/own-loss.py', '--cfg-options', *SHORT])
    told = []
    original = leaves.ClassTemperatureLoss.set_class_counts
    monkeypatch.setattr(leaves.ClassTemperatureLoss, 'set_class_counts',
                        lambda self, counts: (told.append(counts), original(self, counts)))
    runpy.run_path('train.py', run_name='__main__')
    assert told == [list(COUNTS.values())]
    first, last = accuracies('work_dirs/own-loss')
    assert first['step'] == 1
    options = dict(option.split('=') for option in SHORT)
    alone = ltplug_test('configs/own-loss.py', 'work_dirs/own-loss/epoch_2.pth', cfg_options={
        key: ast.literal_eval(value) for key, value in options.items()})
    assert alone['groups'][0]['class_counts'] == list(COUNTS.values())
    for key in ('accuracy/top1', 'group_accuracy/many', 'group_accuracy/few'):
        assert alone['metrics'][key] == pytest.approx(last[key], abs=1e-4)


def test_its_own_loss_divides_small_classes(leaves):
    loss = leaves.ClassTemperatureLoss(gamma=0.5, class_counts=[100, 25, 4])
    logits, labels = torch.tensor([[1., 2., 3.], [0., -1., 2.]]), torch.tensor([0, 2])
    by_hand = torch.nn.functional.cross_entropy(logits / torch.tensor([1., 2., 5.]), labels)
    assert torch.allclose(loss(logits, labels), by_hand)
    with pytest.raises(ValueError, match='Class 1 has no training images'):
        leaves.ClassTemperatureLoss(class_counts=[3, 0])
