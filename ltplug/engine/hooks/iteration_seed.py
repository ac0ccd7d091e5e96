"""Randomness of the training process as a function of the iteration."""

import logging
from typing import Any

from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ltplug.datasets import DrawBatchSampler
from ltplug.registry import HOOKS
from ltplug.utils import SeedUse, hash_seed, seed_everything


@HOOKS.register_module()
class IterationSeedHook(Hook):
    """Seeds ``random``, numpy and torch before every iteration from (seed, iteration, rank).

    What a model draws while training (dropout, mixup) then depends neither on what was loaded in
    the main process before nor on where a run was interrupted. Together with the seeded draws of
    :class:`ltplug.datasets.DrawBatchSampler` a resumed run repeats the uninterrupted one exactly,
    on a CPU bit by bit.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Let the sampler follow the seed of a resumed checkpoint; the loader was built before."""
        batch_sampler = runner.train_dataloader.batch_sampler
        if not getattr(batch_sampler, 'marks', False):
            print_log(
                'The training data come without seeded draws, so a resumed run will not repeat '
                "this one's augmentation: use batch_sampler=dict(type='ltplug.DrawBatchSampler') "
                "over a dataset in dict(type='ltplug.DrawDataset', dataset=...).",
                logger='current', level=logging.WARNING)
        if not isinstance(batch_sampler, DrawBatchSampler):
            return
        if runner._resume and not runner._randomness_cfg.get('diff_rank_seed', False):
            batch_sampler.sampler.seed = runner.seed

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Seed everything; the batch is loaded already."""
        seed_everything(hash_seed(SeedUse.ITERATION, runner.seed, runner.iter, get_rank()))
