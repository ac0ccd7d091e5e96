"""Telling what is wrong with the first batch of a training, in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.datasets import BrokenImageError
from ltplug.engine.config_check import ConfigError
from ltplug.engine.hooks.lazy_runtime_info import DivergenceError
from ltplug.utils.failures import read_failure

_CAUSES = ('compare the shapes and numbers that data_preprocessor, pipeline and model of the '
           'config name')


class _FirstBatchHook(Hook):
    """Notes that a batch has begun, and that one was trained on."""

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self.has_begun = False
        self.is_over = False

    def before_train_epoch(self, runner: Runner) -> None:
        self.has_begun = True

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        self.is_over = True


@contextmanager
def first_batch_explained(runner: Runner) -> Iterator[None]:
    """Let what fails before a first batch is trained on end in a sentence, as a dry run tells it.

    Nothing is computed for it: what only shows when images are computed shows here.

    Args:
        runner (Runner): That is to train.

    Raises:
        ConfigError: If loading the first batch, or its loss, fails.
    """
    hook = _FirstBatchHook()
    runner.register_hook(hook)
    try:
        yield
    except Exception as error:
        if not hook.has_begun or hook.is_over or isinstance(error, DivergenceError):
            raise
        raise told(error, 'The loss of the first training images') from error


def told(error: Exception, what: str) -> Exception:
    """Return an error whose message tells why something of some images cannot be computed.

    Args:
        error (Exception): What was raised.
        what (str): The beginning of the sentence, such as 'The loss of some images'.

    Returns:
        Exception: The error itself, where it tells what to change.
    """
    failure = read_failure(error)
    if isinstance(error, BrokenImageError | ConfigError | torch.OutOfMemoryError):
        return error
    if isinstance(error, OSError):  # which names its file
        return type(error)(failure.text)
    if failure.is_ours:
        return ConfigError(failure.text)
    place = failure.project_frame
    advice = _CAUSES if place is None else f'the mistake may be in {place}'
    if place is None and failure.kind == 'KeyError':
        advice = ('a transform or the model misses what earlier ones should give: a pipeline '
                  'begins with loading, such as LoadImageFromFile, and ends with PackInputs')
    return ConfigError(f'{what} cannot be computed ({failure.kind}: {failure.summary}): {advice}.')
