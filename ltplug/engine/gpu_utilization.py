"""The share of time in which a GPU works."""

import contextlib
import threading

import torch


class GPUUtilization:
    """Asks the GPU now and then whether it works, while a block runs.

    Attributes:
        mean (float, optional): The share of positive answers, in [0, 1]; None without a GPU or
            without the package ``nvidia-ml-py``.
    """

    mean: float | None = None

    def __enter__(self) -> 'GPUUtilization':
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        if torch.cuda.is_available():
            self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._end.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _watch(self) -> None:
        seen = []
        with contextlib.suppress(ModuleNotFoundError, RuntimeError):
            while not self._end.wait(0.2):
                seen.append(torch.cuda.utilization())
        if seen:
            self.mean = sum(seen) / len(seen) / 100
