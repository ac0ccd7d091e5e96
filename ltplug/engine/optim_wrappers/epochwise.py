"""Gradient accumulation that ends with the epoch."""

import torch
from mmengine.optim import OptimWrapper
from torch import nn

from ltplug.registry import OPTIM_WRAPPERS


class EpochwiseAccumulation:
    """Mixin of optimizer wrappers: no accumulation goes on over the end of an epoch.

    mmengine counts iterations over the whole training, so that gradients of the last batches of an
    epoch wait for the next one, and are lost where a run is resumed between the two. Here the last
    batches make a step of their own, whose divisor is their number. ``AccumulationHook`` sets
    ``epoch_length``; without it (loops without epochs) all is as in mmengine.
    """

    epoch_length: int | None = None
    """Iterations of an epoch."""

    def initialize_count_status(self, model: nn.Module, init_counts: int,
                                max_counts: int) -> None:
        """Begin to count; mmengine's warning about lost gradients would be wrong.

        Args:
            model (nn.Module): The model being trained.
            init_counts (int): Iterations that are done.
            max_counts (int): Iterations of the whole training.
        """
        self._inner_count, self._max_counts = init_counts, max_counts
        self._remainder_counts = max_counts % self._accumulative_counts

    def should_update(self) -> bool:
        """Return whether the iterations that are done end with a step of the optimizer."""
        if self.epoch_length is None:
            return super().should_update()
        return self._ends_group(self._inner_count)

    def should_sync(self) -> bool:
        """Return whether the current iteration will end with a step of the optimizer."""
        if self.epoch_length is None:
            return super().should_sync()
        return self._ends_group(self._inner_count + 1)

    def scale_loss(self, loss: torch.Tensor) -> torch.Tensor:
        """Divide a loss by the number of iterations of the current step.

        Args:
            loss (Tensor): Of the current iteration.

        Returns:
            Tensor: What is propagated back.
        """
        if self.epoch_length is None:
            return super().scale_loss(loss)
        done = self._inner_count % self.epoch_length
        first = done - done % self._accumulative_counts
        return loss / min(self._accumulative_counts, self.epoch_length - first)

    def _ends_group(self, count: int) -> bool:
        done = count % self.epoch_length
        return done % self._accumulative_counts == 0  # 0 at the end of the epoch


@OPTIM_WRAPPERS.register_module()
class EpochwiseOptimWrapper(EpochwiseAccumulation, OptimWrapper):
    """mmengine's ``OptimWrapper`` whose accumulations of gradients end with the epoch.

    Args:
        **kwargs: Those of mmengine's ``OptimWrapper``.
    """
