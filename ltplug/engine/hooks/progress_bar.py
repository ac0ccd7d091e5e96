"""A progress bar for people who need no log."""

import atexit
from typing import Any

import torch
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ltplug.registry import HOOKS


@HOOKS.register_module()
class ProgressBarHook(Hook):
    """Shows the epoch, the mean loss of the last epoch and the time left in one line.

    Meant together with ``log_level='WARNING'``, which silences mmengine's lines.

    Args:
        title (str): What stands before the bar. Defaults to 'Training'.
    """

    def __init__(self, title: str = 'Training') -> None:
        self.title = title
        self._progress: Progress | None = None

    def before_train(self, runner: Runner) -> None:
        """Open the bar."""
        self._losses: list[torch.Tensor] = []
        self._progress = Progress(
            TextColumn('{task.description}'), BarColumn(),
            TextColumn('epoch {task.completed}/{task.total}, loss {task.fields[loss]}'),
            TimeRemainingColumn(), disable=not is_main_process())
        self._task = self._progress.add_task(self.title, total=runner.max_epochs,
                                             completed=runner.epoch, loss='-')
        self._progress.start()
        atexit.register(self._progress.stop)  # an interrupted run gives the cursor back

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None,
                         outputs: dict | None = None) -> None:
        """Remember the loss."""
        self._losses.append(outputs['loss'].detach())  # .item() would wait for a GPU

    def after_train_epoch(self, runner: Runner) -> None:
        """Move the bar."""
        mean = torch.stack(self._losses).mean().item()
        self._progress.update(self._task, completed=runner.epoch + 1, loss=f'{mean:.4f}')
        self._losses.clear()

    def after_train(self, runner: Runner) -> None:
        """Close the bar."""
        self._progress.stop()
