"""Where time goes, by sections that may lie inside one another."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """Charges time to the innermost open section, so that sections add up to the whole.

    Args:
        wait (Callable, optional): Called at every change of section before the clock is read, such
            as ``torch.cuda.synchronize``, since a GPU works on after the call returned.
        clock (Callable, optional): Returns what is measured, which grows. Defaults to seconds.

    Example:
        >>> watch = Stopwatch()
        >>> with watch.section('epoch'), watch.section('step'):
        ...     pass
        >>> sorted(watch.spent)
        ['epoch', 'step']
    """

    def __init__(self, wait: Callable[[], None] | None = None,
                 clock: Callable[[], float] | None = None) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.entries: Counter[str] = Counter()
        self._wait = wait
        self._clock = clock or time.perf_counter
        self._open: list[str] = []
        self._last = self._clock()

    def start(self, name: str) -> None:
        """Open a section.

        Args:
            name (str): Its name; sections of one name are added up.
        """
        self._charge()
        self._open.append(name)
        self.entries[name] += 1

    def stop(self) -> None:
        """Close the innermost section.

        Raises:
            IndexError: If none is open.
        """
        self._charge()
        self._open.pop()

    def reset(self) -> None:
        """Forget what was measured; open sections go on from now."""
        self._charge()
        self.spent.clear()
        self.entries.clear()

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Open a section for a block.

        Args:
            name (str): Its name.
        """
        self.start(name)
        try:
            yield
        finally:
            self.stop()

    def wrap(self, name: str, function: Callable) -> Callable:
        """Return a function whose calls are a section.

        Args:
            name (str): Of the section.
            function (Callable): The function.

        Returns:
            Callable: Takes and gives what the function does.
        """
        def timed(*args, **kwargs):
            with self.section(name):
                return function(*args, **kwargs)
        return timed

    def _charge(self) -> None:
        if self._wait is not None:
            self._wait()
        now = self._clock()
        if self._open:
            self.spent[self._open[-1]] += now - self._last
        self._last = now
