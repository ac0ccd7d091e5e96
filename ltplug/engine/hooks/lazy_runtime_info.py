"""Losses that are read off the device only where somebody looks at them."""

import math
from typing import Any

import torch
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from mmengine.runner import Runner

from ltplug.registry import HOOKS
from ltplug.utils import unwrap_model

_ADVICE = ('lower optim_wrapper.optimizer.lr, begin with a warm-up in param_scheduler, or limit '
           'gradients by optim_wrapper.clip_grad.max_norm=5.0; with precision=fp16 take bf16. '
           'Checkpoints that were saved before are kept.')


class DivergenceError(RuntimeError):
    """A training has left the finite numbers, and nothing that follows would be of use."""


@HOOKS.register_module()
class LazyRuntimeInfoHook(RuntimeInfoHook):
    """mmengine's ``RuntimeInfoHook``, which does not wait for the device in every iteration.

    Reading a loss off a GPU waits until the GPU has done all its work, so it idles while the next
    batch is prepared. This hook keeps the tensors of an iteration and reads them together when the
    logger is about to log, at the end of an epoch and when a checkpoint is saved. What is recorded
    is the same, number by number. On a CPU there is nothing to wait for.

    Where they are read, a loss that is infinite or no number ends the training, and so do such
    weights before they are saved: no checkpoint is replaced by one that is lost. Infinite
    gradients, which scaled losses of float16 have now and then, do not count.

    Raises:
        DivergenceError: If a loss, or a weight that is to be saved, is not finite.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[tuple[str, Any, int]] = []

    def before_train(self, runner: Runner) -> None:
        """Take over mmengine's facts, and when the loggers look."""
        super().before_train(runner)
        self._kept.clear()
        self._intervals = {hook.interval for hook in runner.hooks
                           if isinstance(hook, LoggerHook)} or {1}

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Keep the losses, or record them."""
        self._kept += [(key, value, runner.iter) for key, value in (outputs or {}).items()]
        if (not any(self._is_on_device(value) for _, value, _ in self._kept)
                or any(self.every_n_inner_iters(batch_idx, each) for each in self._intervals)
                or self.end_of_epoch(runner.train_dataloader, batch_idx)):
            self._record(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Let a checkpoint inside an interval hold all losses before it, and finite weights."""
        if self._kept:
            self._record(runner)
            checkpoint['message_hub'] = runner.message_hub.state_dict()
        weights = dict(unwrap_model(runner.model).named_parameters())
        finite = [weight.isfinite().all() for weight in weights.values()]
        if finite and not torch.stack(finite).all():
            name = next(name for name, is_finite in zip(weights, finite, strict=True)
                        if not is_finite)
            raise DivergenceError(f'{name} is not finite any more after '
                                  f'{checkpoint["meta"]["iter"]} iterations, '
                                  f'so nothing is saved and training stops: {_ADVICE}')

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
        lost: list[tuple[int, str, float]] = []
        # mmengine takes one number at a time; here all cross in one transfer
        waiting = [value.detach().reshape(()) for _, value, _ in kept
                   if self._is_on_device(value)]
        numbers = iter(torch.stack(waiting).tolist() if waiting else ())
        for key, value, iteration in kept:
            number = next(numbers) if self._is_on_device(value) else value
            runner.message_hub.update_scalar(f'train/{key}', number)
            if isinstance(number, torch.Tensor):
                number = number.item()
            if 'loss' in key and not math.isfinite(number):
                lost.append((iteration, key, number))
        if lost:
            # of the same iteration a summand tells more than their sum, 'loss'
            iteration, key, number = min(lost, key=lambda entry: (entry[0], entry[1] == 'loss'))
            raise DivergenceError(f'{key} is {number} in iteration {iteration + 1} (epoch '
                                  f'{runner.epoch + 1}), so training stops: {_ADVICE}')
