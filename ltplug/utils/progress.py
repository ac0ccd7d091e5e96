"""What long steps tell while they work: a bar on a terminal, plain lines in the log."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

from mmengine.dist import is_main_process
from mmengine.logging import MMLogger
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 30.0

Item = TypeVar('Item')
_open_bars: list[Progress] = []


def track(items: Iterable[Item],
          title: str,
          total: int | None = None,
          unit: str = 'steps',
          per_item: int = 1) -> Iterator[Item]:
    """Yield items and tell how far the work on them has come, see :func:`show_progress`.

    Args:
        items (Iterable): What a loop goes through.
        title (str): Stands before the bar and the lines, as 'Features'.
        total (int, optional): Units in all. Defaults to ``per_item`` for each item.
        unit (str): What is counted, in the plural. Defaults to 'steps'.
        per_item (int): Units of an item, such as the batch size; the last item may have fewer.
            Defaults to 1.

    Yields:
        The items.

    Raises:
        TypeError: If there is no total and the items have no length.
    """
    if total is None:
        if not isinstance(items, Sized):
            raise TypeError(f'{title}: items without a length need total=..., the number of '
                            f'{unit}.')
        total = len(items) * per_item
    with show_progress(title, total, unit) as advance:
        for item in items:
            yield item
            advance(per_item)


@contextmanager
def show_progress(title: str, total: int, unit: str = 'steps') -> Iterator[Callable[[int], None]]:
    """Show how far a long step has come and how long it will still take.

    On a terminal there is a bar, which vanishes at the end. The log gets a line about every half
    minute, and one at the end of a step that was long enough for another; where there is a bar only
    the log file gets them. Steps of a few seconds leave no lines. Only the main process tells
    anything.

    Args:
        title (str): Stands before the bar and the lines, as 'Features'.
        total (int): Units in all.
        unit (str): What is counted, in the plural. Defaults to 'steps'.

    Yields:
        Callable[[int], None]: To be called with the number of units that have just been finished.

    Example:
        Where the steps differ in size::

            with show_progress('Clustering', len(labels), 'images') as advance:
                for members in classes:
                    ...
                    advance(len(members))
    """
    if not is_main_process():
        yield lambda number: None
        return
    console = Console(stderr=True)
    lines = _Lines(title, total, unit, to_files_only=console.is_terminal)
    if not console.is_terminal:
        yield lines.advance
    else:
        with _bar(console) as bar:
            task = bar.add_task(title, total=total)

            def advance(number: int) -> None:
                bar.advance(task, number)
                lines.advance(number)

            try:
                yield advance
            finally:
                bar.remove_task(task)
    lines.finish()


@contextmanager
def _bar(console: Console) -> Iterator[Progress]:
    """Open the bars, or give those that an outer step has opened: a terminal has room for one."""
    if _open_bars:
        yield _open_bars[-1]
        return
    with Progress(TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(),
                  TimeRemainingColumn(), console=console, transient=True) as bar:
        _open_bars.append(bar)
        try:
            yield bar
        finally:
            _open_bars.pop()


class _Lines:
    """Writes a line now and then."""

    def __init__(self, title: str, total: int, unit: str, to_files_only: bool) -> None:
        self.title = title
        self.total = total
        self.unit = unit
        self.to_files_only = to_files_only
        self.done = 0
        self.start = self.told = time.monotonic()

    def advance(self, number: int) -> None:
        self.done = min(self.done + number, self.total)
        now = time.monotonic()
        if now - self.told < SECONDS_BETWEEN_LINES or self.done in (0, self.total):
            return
        self.told = now
        left = (now - self.start) * (self.total - self.done) / self.done
        self._tell(f'{self.title}: {self.done:,} of {self.total:,} {self.unit} '
                   f'({self.done / self.total:.0%}), about {_clock(left)} left.')

    def finish(self) -> None:
        if self.told > self.start:
            self._tell(f'{self.title}: {self.done:,} {self.unit} in '
                       f'{_clock(time.monotonic() - self.start)}.')

    def _tell(self, text: str) -> None:
        logger = MMLogger.get_current_instance()
        if not self.to_files_only:
            logger.info(text)
        elif logger.isEnabledFor(logging.INFO):
            record = logger.makeRecord(logger.name, logging.INFO, __file__, 0, text, (), None)
            for handler in logger.handlers:
                if isinstance(handler, logging.FileHandler):
                    handler.handle(record)


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
