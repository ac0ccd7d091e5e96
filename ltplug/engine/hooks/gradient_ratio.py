"""Logs the ratio of gradients that decoupled contrastive learning evens out."""

from typing import Any

import numpy as np
import torch
from mmengine.dist import all_reduce
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.engine.gradient_ratios import add_by_class, decoupled_losses
from ltplug.models.losses import DecoupledSupConLoss
from ltplug.ops import shot_groups, tertile_groups
from ltplug.registry import HOOKS
from ltplug.utils import is_training

from .takes_class_counts import TakesClassCounts

GROUPS = {'shot': shot_groups, 'tertile': tertile_groups}


@HOOKS.register_module()
class GradientRatioHook(TakesClassCounts, Hook):
    """Logs how hard anchors are pulled to their own key relative to their class, by group.

    Xuan and Zhang, "Decoupled Contrastive Learning for Long-Tailed Recognition", 2024, eq. 6 and
    figure 2, for models with :class:`ltplug.models.DecoupledSupConLoss`; its ``alpha=None`` gives
    the curve of SCL. After every epoch it logs ``gradient_ratio/<group>``, the mean of
    :func:`ltplug.ops.gradient_ratio` over the anchors of a group's classes that had others of
    their class to compare with. It looks at every ``interval``-th iteration once the queue is full.

    Args:
        interval (int): Iterations between those that are looked at. Defaults to 10.
        groups (str): 'shot' (many, medium, few) or 'tertile' (frequent, medium, rare). Defaults to
            'shot'.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self, interval: int = 10, groups: str = 'shot') -> None:
        if interval < 1 or groups not in GROUPS:
            raise ValueError('interval must be at least 1 and groups one of '
                             f'{", ".join(GROUPS)}, got {interval} and {groups!r}.')
        self.interval = interval
        self.groups = groups

    def before_run(self, runner: Runner) -> None:
        """Look for the loss, when the run is a training run.

        Raises:
            ValueError: If the model has none that can be looked at.
        """
        if is_training(runner):
            decoupled_losses(runner.model)

    def before_train(self, runner: Runner) -> None:
        """Start to look at the loss.

        Raises:
            RuntimeError: If there are no class counts.
        """
        if self.class_counts is None:
            raise RuntimeError(
                'GradientRatioHook needs the class counts of the training data: add '
                'class_counts=dict(type="ltplug.ClassCountsHook") to default_hooks.')
        for loss in decoupled_losses(runner.model):
            loss.register_forward_hook(self._look)

    def before_train_epoch(self, runner: Runner) -> None:
        """Begin a new mean."""
        self._is_due = False
        self._sums = torch.zeros(2, len(self.class_counts), dtype=torch.float64)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Decide whether to look at the next iteration."""
        self._is_due = (runner.iter + 1) % self.interval == 0

    def _look(self, loss: DecoupledSupConLoss, args: tuple[torch.Tensor, ...],
              output: torch.Tensor) -> None:
        *_, labels, _, queue_labels = args
        if not self._is_due or (queue_labels < 0).any():
            return
        add_by_class(self._sums, labels, loss.gradient_ratio(*args))

    def after_train_epoch(self, runner: Runner) -> None:
        """Log the mean of every group that had anchors."""
        all_reduce(self._sums)
        total, number = self._sums.numpy()
        means = {}
        for name, labels in GROUPS[self.groups](self.class_counts).items():
            if number[labels].any():
                means[f'gradient_ratio/{name}'] = float(
                    np.sum(total[labels]) / np.sum(number[labels]))
        if not means:
            return
        for name, value in means.items():
            runner.message_hub.update_scalar(name, value)
        runner.logger.info(f'Epoch(gradient ratio) [{runner.epoch + 1}]  ' + '  '.join(
            f'{name}: {value:.4f}' for name, value in means.items()))
        runner.visualizer.add_scalars(means, step=runner.epoch + 1,
                                      file_path=f'{runner.timestamp}.json')
