"""Targets of classes, and which class they belong to (TSC)."""

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce, broadcast, is_main_process
from mmengine.logging import MessageHub, print_log
from torch import nn

from ltplug.ops import assign_targets, uniform_targets
from ltplug.registry import MODELS


@MODELS.register_module()
class ClassTargets(nn.Module):
    """Evenly spread targets, assigned to classes by their features.

    Li et al., "Targeted Supervised Contrastive Learning for Long-tailed Recognition", 2022: the
    targets are fixed before training (:func:`ltplug.ops.uniform_targets`); classes get them by the
    Hungarian algorithm, which maximises the summed similarity of targets and class centroids.
    A centroid is a moving average of the batch means of its class over all ranks, of unit length;
    its first value is the first mean.

    Args:
        num_classes (int): Number of classes C.
        dim (int): Dimension D of the projected features. Defaults to 128.
        warmup_epochs (int): Epochs without targets (half of them in the paper, where the other
            half begins with a new optimizer: a stage of its own). Defaults to 0.
        momentum (float): Weight of a new batch mean, in (0, 1]. Defaults to 0.1.
        assign_interval (int): Iterations between assignments, at least 1. Defaults to 1; an
            assignment of 1000 classes takes 40 ms, of 8142 classes some seconds.
        temperature (float): Of the uniformity. Defaults to 0.07.
        seed (int): Of the targets. Defaults to 0.
        num_steps (int): Steps of their optimisation, where there are more than D + 1 classes.
            Defaults to 10 000.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self,
                 num_classes: int,
                 dim: int = 128,
                 warmup_epochs: int = 0,
                 momentum: float = 0.1,
                 assign_interval: int = 1,
                 temperature: float = 0.07,
                 seed: int = 0,
                 num_steps: int = 10_000) -> None:
        super().__init__()
        if not 0 < momentum <= 1 or assign_interval < 1 or warmup_epochs < 0:
            raise ValueError('momentum must lie in (0, 1], assign_interval be at least 1 and '
                             f'warmup_epochs at least 0, got {momentum}, {assign_interval} and '
                             f'{warmup_epochs}.')
        self.warmup_epochs = warmup_epochs
        self.momentum = momentum
        self.assign_interval = assign_interval
        self._make = dict(num_classes=num_classes, dim=dim, temperature=temperature, seed=seed,
                          num_steps=num_steps)
        self.register_buffer('points', torch.zeros(num_classes, dim))
        self.register_buffer('centroids', torch.zeros(num_classes, dim))
        self.register_buffer('target_of_class', torch.arange(num_classes))
        self.register_buffer('steps', torch.tensor(0))
        self._known_steps: int | None = None  # reading the buffer would wait for the GPU

    @torch.no_grad()
    def forward(self, features: torch.Tensor, labels: torch.Tensor) -> torch.Tensor | None:
        """Follow the classes with a batch and return their targets.

        Args:
            features (Tensor): Unit vectors of this rank, [M, D].
            labels (Tensor): int64 [M].

        Returns:
            Tensor, optional: Row c is the target of class c, float32 [C, D]; None while warming
            up.
        """
        if (MessageHub.get_current_instance().get_info('epoch') or 0) < self.warmup_epochs:
            return None
        with torch.autocast(features.device.type, enabled=False):
            if self._known_steps is None:
                self._known_steps = int(self.steps)
            if self._known_steps == 0:
                self._place()
            self._follow(features.detach().float(), labels)
            if self._known_steps % self.assign_interval == 0:
                assigned = torch.from_numpy(assign_targets(self.centroids, self.points))
                self.target_of_class.copy_(assigned, non_blocking=True)
        self.steps += 1
        self._known_steps += 1
        return self.points[self.target_of_class]

    def _place(self) -> None:
        num_classes, dim = self.points.shape
        if num_classes > dim + 1:
            print_log(f'Spreading the targets of {num_classes:,} classes, once; this takes minutes '
                      'on a CPU.', logger='current')
        if is_main_process():
            self.points.copy_(uniform_targets(**self._make, device=self.points.device))
        broadcast(self.points, src=0)

    def _follow(self, features: torch.Tensor, labels: torch.Tensor) -> None:
        sums = torch.zeros_like(self.centroids).index_add_(0, labels, features)
        counts = torch.zeros_like(sums[:, 0]).index_add_(
            0, labels, torch.ones_like(labels, dtype=sums.dtype))
        all_reduce(sums)
        all_reduce(counts)
        means = sums / counts.clamp(min=1)[:, None]
        # the first mean of a class moves a centroid from 0, and the length does not matter
        moved = F.normalize(self.centroids.lerp(means, self.momentum), dim=1)
        self.centroids.copy_(torch.where(counts[:, None] > 0, moved, self.centroids))

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        self._known_steps = None
        super()._load_from_state_dict(*args, **kwargs)
