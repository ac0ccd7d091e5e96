"""Short trainings of a tiny model, in a loop that is to be tested."""

import itertools
from pathlib import Path
from typing import Any, NamedTuple

import torch
from mmengine.dataset import default_collate
from mmengine.hooks import CheckpointHook, Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from ltplug.datasets import LongTailSubset

STOCK, OURS = 'EpochBasedTrainLoop', 'ltplug.ContinuousTrainLoop'
EPOCHS, BATCHES = 3, 4  # of 16, 16, 16 and 2 images
_numbers = itertools.count()


class Tiny(BaseModel):
    """A linear classifier with dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(3 * 64, 10))

    def forward(self, inputs, data_samples=None, mode='loss'):
        labels = torch.cat([sample.gt_label for sample in data_samples])
        scores = self.layer(inputs.float() / 255)
        return dict(loss=nn.functional.cross_entropy(scores, labels))


class Step(NamedTuple):
    """What hooks see of an iteration."""

    epoch: int
    iter: int
    batch_idx: int
    is_last: tuple[bool, bool]
    images: list[int]
    inputs: torch.Tensor
    loss: torch.Tensor


class Watch(Hook):
    """Keeps what hooks see."""

    priority = 'LOWEST'

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        images = [sample.dataset_index for sample in data_batch['data_samples']]
        is_last = (self.end_of_epoch(runner.train_dataloader, batch_idx),
                   self.is_last_train_iter(runner))
        self.steps.append(Step(runner.epoch, runner.iter, batch_idx, is_last, images,
                               data_batch['inputs'].clone(), outputs['loss'].detach().clone()))


def dataset(**kwargs) -> dict:
    """Return the config of fifty images, cropped at random."""
    return dict(type=LongTailSubset, imbalance_ratio=1, max_count=5, dataset=dict(
        type='ltplug.Digits', size=8, pipeline=[
            dict(type='RandomCrop', crop_size=8, padding=2), dict(type='PackInputs')]), **kwargs)


def build(work_dir: Path, loop: str, workers: int = 2, persistent: bool = True,
          hooks: tuple[Hook, ...] = (), epochs: int = EPOCHS,
          **kwargs: Any) -> tuple[Runner, Watch]:
    """Build a training, and the hook that watches it.

    Args:
        work_dir (Path): Gets a checkpoint of every epoch.
        loop (str): The type of the loop.
        workers (int): Loading processes. Defaults to 2.
        persistent (bool): Whether they outlive an epoch. Defaults to True.
        hooks (tuple[Hook]): More hooks.
        epochs (int): Defaults to three.
        **kwargs: Keys of the loader by ``loader``, and arguments of ``Runner``.

    Returns:
        tuple[Runner, Watch]: Both.
    """
    watch = Watch()
    torch.manual_seed(5)  # of the weights
    loader = dict(dict(
        batch_size=16, num_workers=workers, persistent_workers=persistent and workers > 0,
        dataset=dataset(), sampler=dict(type='DefaultSampler', shuffle=True),
        batch_sampler=dict(type='ltplug.DrawBatchSampler'),
        collate_fn=default_collate), **kwargs.pop('loader', {}))
    runner = Runner(
        Tiny(), str(work_dir), train_dataloader=loader,
        train_cfg=dict(type=loop, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        default_hooks=dict(checkpoint=dict(type=CheckpointHook, interval=1), logger=None),
        custom_hooks=[dict(type='ltplug.IterationSeedHook'), *hooks, watch],
        randomness=dict(seed=5), log_level='ERROR', default_scope='mmpretrain',
        experiment_name=f'continuous_{next(_numbers)}', **kwargs)
    return runner, watch


def steps_of(work_dir: Path, loop: str, **kwargs: Any) -> list[Step]:
    """Train, and return what hooks have seen."""
    runner, watch = build(work_dir, loop, **kwargs)
    runner.train()
    runner.train_dataloader._iterator = None
    return watch.steps


def steps_of_rank(rank: int, work_dir: Path, loop: str) -> list[Step]:
    """Train as one of two processes; for ``on_two_ranks``."""
    return steps_of(work_dir / str(rank), loop, loader=dict(batch_size=8), launcher='none')


def assert_same(found: list[Step], expected: list[Step]) -> None:
    """Compare bit by bit."""
    assert [step[:5] for step in found] == [step[:5] for step in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.inputs.equal(other.inputs) and one.loss.equal(other.loss), one[:5]
