"""Losses that are read off the device only where somebody looks at them."""

import math
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import torch
from mmengine.dist import all_gather_object, all_reduce, is_distributed
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from mmengine.runner import Runner

from ltplug.registry import HOOKS
from ltplug.utils import unwrap_model

_ADVICE = ('lower optim_wrapper.optimizer.lr, begin with a warm-up in param_scheduler, or limit '
           'gradients by optim_wrapper.clip_grad.max_norm=5.0; with precision=fp16 take bf16. '
           'Checkpoints that were saved before are kept.')


class DivergenceError(RuntimeError):
    """A training has left the finite numbers, and nothing that follows would be of use."""


class _Lost(NamedTuple):
    """A loss that is not finite."""

    iteration: int
    key: str
    number: float
    epoch: int


@HOOKS.register_module()
class LazyRuntimeInfoHook(RuntimeInfoHook):
    """mmengine's ``RuntimeInfoHook``, which does not wait for the device in every iteration.

    Reading a loss off a GPU waits until the GPU has done all its work, so it idles while the next
    batch is prepared. This hook keeps the tensors of an iteration and reads them together when the
    logger is about to log, at the end of an epoch and when a checkpoint is saved. What is recorded
    is the same, number by number. On a CPU there is nothing to wait for.

    Where they are read, a loss that is infinite or no number ends the training, and so do such
    weights before they are saved: no checkpoint is replaced by one that is lost. Of several
    processes all end where the logger looks, whichever has the loss; or the others would wait for
    it. Infinite gradients, which scaled losses of float16 have now and then, do not count.

    Raises:
        DivergenceError: If a loss, or a weight that is to be saved, is not finite.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[tuple[str, Any, int]] = []
        self._lost: list[_Lost] = []

    def before_train(self, runner: Runner) -> None:
        """Take over mmengine's facts, and when the loggers look."""
        super().before_train(runner)
        self._kept.clear()
        self._lost.clear()
        self._intervals = {hook.interval for hook in runner.hooks
                           if isinstance(hook, LoggerHook)} or {1}

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Keep the losses, or record them."""
        self._kept += [(key, value, runner.iter) for key, value in (outputs or {}).items()]
        is_looked_at = (any(self.every_n_inner_iters(batch_idx, each) for each in self._intervals)
                        or self.end_of_epoch(runner.train_dataloader, batch_idx))
        if is_looked_at or not any(self._is_on_device(value) for _, value, _ in self._kept):
            self._record(runner)
        if is_looked_at or not is_distributed():
            self._end_where_lost()

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Let a checkpoint inside an interval hold all losses before it, and finite weights."""
        if self._kept:
            self._record(runner)
            checkpoint['message_hub'] = runner.message_hub.state_dict()
        _refuse(self._lost)  # own losses alone: who saves in one process only would wait
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
        self._end_where_lost()
        super().after_train(runner)

    @staticmethod
    def _is_on_device(value: Any) -> bool:
        return (isinstance(value, torch.Tensor) and value.is_floating_point()
                and value.device.type != 'cpu')

    def _record(self, runner: Runner) -> None:
        kept, self._kept = self._kept, []
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
                self._lost.append(_Lost(iteration, key, number, runner.epoch))

    def _end_where_lost(self) -> None:
        is_lost = torch.tensor(int(bool(self._lost)))
        all_reduce(is_lost, 'max')
        if is_lost:
            _refuse(list(chain.from_iterable(all_gather_object(self._lost))))


def _refuse(lost: Sequence[_Lost]) -> None:
    if lost:
        # of the same iteration a summand tells more than their sum, 'loss'
        first = min(lost, key=lambda each: (each.iteration, each.key == 'loss'))
        raise DivergenceError(f'{first.key} is {first.number} in iteration {first.iteration + 1} '
                              f'(epoch {first.epoch + 1}), so training stops: {_ADVICE}')
