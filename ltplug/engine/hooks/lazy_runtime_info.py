"""Losses that are read off the device only where somebody looks at them."""

from typing import Any

import torch
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from mmengine.runner import Runner

from ltplug.registry import HOOKS


@HOOKS.register_module()
class LazyRuntimeInfoHook(RuntimeInfoHook):
    """mmengine's ``RuntimeInfoHook``, which does not wait for the device in every iteration.

    Reading a loss off a GPU waits until the GPU has done all its work, so it idles while the next
    batch is prepared. This hook keeps the tensors of an iteration and reads them together when the
    logger is about to log, at the end of an epoch and when a checkpoint is saved. What is recorded
    is the same, number by number. On a CPU there is nothing to wait for.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[tuple[str, Any]] = []

    def before_train(self, runner: Runner) -> None:
        """Take over mmengine's facts, and when the logger looks."""
        super().before_train(runner)
        self._kept.clear()
        self._interval = min((hook.interval for hook in runner.hooks
                              if isinstance(hook, LoggerHook)), default=1)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Keep the losses, or record them."""
        self._kept += [(f'train/{key}', value) for key, value in (outputs or {}).items()]
        if (not any(self._is_on_device(value) for _, value in self._kept)
                or self.every_n_inner_iters(batch_idx, self._interval)
                or self.every_n_train_iters(runner, self._interval)
                or self.end_of_epoch(runner.train_dataloader, batch_idx)):
            self._record(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Let a checkpoint inside an interval hold all losses before it."""
        if self._kept:
            self._record(runner)
            checkpoint['message_hub'] = runner.message_hub.state_dict()

    def after_train(self, runner: Runner) -> None:
        """Record what is left of an interrupted interval."""
        self._record(runner)
        super().after_train(runner)

    @staticmethod
    def _is_on_device(value: Any) -> bool:
        return (isinstance(value, torch.Tensor) and value.is_floating_point()
                and value.device.type != 'cpu')

    def _record(self, runner: Runner) -> None:
        kept, self._kept = self._kept, []
        # mmengine takes one number at a time; here all cross in one transfer
        waiting = [value.detach().double().reshape(()) for _, value in kept
                   if self._is_on_device(value)]
        numbers = iter(torch.stack(waiting).tolist() if waiting else ())
        for key, value in kept:
            runner.message_hub.update_scalar(
                key, next(numbers) if self._is_on_device(value) else value)
