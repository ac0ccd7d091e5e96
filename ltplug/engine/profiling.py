"""How the time of a training step divides among its parts."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import torch
from mmengine.runner import Runner
from torch import nn

from ltplug.registry import LOOPS
from ltplug.utils import Stopwatch, random_streams_kept, unwrap_model

from .continuous_loop import ContinuousTrainLoop
from .gpu_utilization import GPUUtilization
from .hooks import ClassTemperatureHook
from .step_parts import CLUSTERING, LOADING, instrument

_EPOCH_EVENTS = ('before_train_epoch', 'after_train_epoch')
_LOADED_IMAGES = 64


@dataclass
class TrainingProfile:
    """Where the time of a training goes.

    Attributes:
        images_per_second (float): Of this process, without what happens around epochs.
        ready_images_per_second (float): The same of a plain loop over one batch that lies ready on
            the device: forward pass, loss, backward pass and optimizer, without loader, transforms,
            Runner and hooks.
        step_seconds (float): Of one step, as it runs.
        sections (dict[str, float]): Seconds of every part of a step, the longest first, from a
            second pass in which the device is waited for between parts. What happens around
            epochs, or every few epochs, counts by its share.
        loading_seconds (float): One image in one loading process.
        utilization (float, optional): Share of the first pass in which the GPU worked, in [0, 1];
            None without a GPU or without the package ``nvidia-ml-py``.
    """

    images_per_second: float
    ready_images_per_second: float
    step_seconds: float
    sections: dict[str, float]
    loading_seconds: float
    utilization: float | None = None

    def share(self, *names: str) -> float:
        """Return what parts take of the whole, in [0, 1].

        Args:
            *names (str): The parts; absent ones take nothing.

        Returns:
            float: The share.
        """
        total = sum(self.sections.values())
        return sum(self.sections.get(name, 0.0) for name in names) / total


@LOOPS.register_module()
class ProfilingLoop(ContinuousTrainLoop):
    """A continuous loop that takes some steps and tells where their time goes.

    It begins in the first epoch in which what is due later (clusters, temperatures) has begun.
    Epochs are cut short, so that hooks may take them for whole ones: nothing trained here is of
    use.

    Args:
        steps (int): To be timed, in each of two passes. Defaults to 50.
        warmup_steps (int): Before them. Defaults to 5.
        **kwargs: Arguments of :class:`ltplug.ContinuousTrainLoop`.

    Attributes:
        profile (TrainingProfile, optional): The result, after the run.
    """

    def __init__(self, *args, steps: int = 50, warmup_steps: int = 5, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if steps < 1 or warmup_steps < 1:
            raise ValueError('steps and warmup_steps must be positive, got '
                             f'{steps} and {warmup_steps}.')
        self.steps = steps
        self.warmup_steps = warmup_steps
        self.profile: TrainingProfile | None = None

    def run(self) -> nn.Module:
        """Take the steps."""
        runner = self.runner
        runner.call_hook('before_train')
        loading_seconds = self._time_loading()
        hooks = [hook for hook in runner.hooks if isinstance(hook, ClassTemperatureHook)]
        self._begin = max((hook.warmup_epochs for hook in hooks), default=0)
        timed = _TimedHooks(runner)
        self._take(self.warmup_steps)
        with GPUUtilization() as utilization:
            _, images, seconds = self._take(self.steps)
        ready = self._time_ready_batch()
        timed.seconds.clear()  # but not what is due every few epochs
        watch = Stopwatch(_synchronize if torch.cuda.is_available() else None)
        instrument(runner, watch)
        timed.watch = watch
        epochs, _, _ = self._take(self.steps, watch)
        sections = {name: value / self.steps for name, value in watch.spent.items()}
        for name, value in timed.per_epoch(epochs, self.max_epochs).items():
            sections[name] = sections.get(name, 0.0) + value / len(self.dataloader)
        self.profile = TrainingProfile(
            images / seconds, ready, seconds / self.steps,
            dict(sorted(sections.items(), key=lambda item: -item[1])), loading_seconds,
            utilization.mean)
        return runner.model

    def _take(self, steps: int, watch: Stopwatch | None = None) -> tuple[int, int, float]:
        """Take steps; returns the epochs begun, this process's images, and the seconds inside.

        One step before them is not counted, in which the loading processes drop what they have
        prepared for an epoch that was cut short, or are started anew.
        """
        self._epoch, epochs, images, seconds = self._begin, 0, 0, 0.0
        taken = -1
        while taken < steps:
            self.runner.call_hook('before_train_epoch')
            self.runner.model.train()
            _synchronize()
            start = time.perf_counter()
            if watch is not None:
                watch.start(LOADING)
            for idx, batch in enumerate(self.batches(None)):
                self.run_iter(idx, batch)
                taken += 1
                if taken == 0:
                    _synchronize()
                    start = time.perf_counter()
                    if watch is not None:
                        watch.reset()
                    continue
                images += len(batch['data_samples'])
                if taken == steps:
                    break
            _synchronize()
            if watch is not None:
                watch.stop()
            seconds += time.perf_counter() - start
            self.runner.call_hook('after_train_epoch')
            self._epoch += 1
            epochs += 1
        return epochs, images, seconds

    def _time_ready_batch(self) -> float:
        model, wrapper = self.runner.model, self.runner.optim_wrapper
        data = unwrap_model(model).data_preprocessor(next(iter(self.dataloader)), True)
        seconds = 0.0
        for step in range(self.warmup_steps + self.steps):
            if step == self.warmup_steps:
                _synchronize()
                seconds = time.perf_counter()
            with wrapper.optim_context(model):
                losses = model(**data, mode='loss')
            wrapper.update_params(unwrap_model(model).parse_losses(losses)[0])
        _synchronize()
        return len(data['data_samples']) * self.steps / (time.perf_counter() - seconds)

    def _time_loading(self) -> float:
        draws = next(iter(self.dataloader.batch_sampler))[:_LOADED_IMAGES]
        with random_streams_kept():
            self.dataloader.dataset[draws[0]]  # opens files
            start = time.perf_counter()
            for draw in draws:
                self.dataloader.dataset[draw]
        return (time.perf_counter() - start) / len(draws)


class _TimedHooks:
    """Stands in for the calls of hooks and keeps what those around epochs take.

    Attributes:
        watch (Stopwatch, optional): Gets the time of hooks inside epochs.
        seconds (dict[str, float]): Of hooks around epochs.
        due (dict[str, tuple[float, int]]): The longest call of what is due every few epochs, and
            after how many.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.watch: Stopwatch | None = None
        self.seconds: dict[str, float] = defaultdict(float)
        self.due: dict[str, tuple[float, int | None]] = {}
        runner.call_hook = self

    def __call__(self, event: str, **kwargs) -> None:
        for hook in self._runner.hooks:
            name = f'hook {type(hook).__name__}'
            if not hasattr(hook, event):
                continue
            if event in _EPOCH_EVENTS:
                self._time_around_epoch(hook, name, getattr(hook, event))
            elif self.watch is not None:
                with self.watch.section(name):
                    getattr(hook, event)(self._runner, **kwargs)
            else:
                getattr(hook, event)(self._runner, **kwargs)

    def _time_around_epoch(self, hook, name: str, call: Callable) -> None:
        start = time.perf_counter()
        call(self._runner)
        _synchronize()
        seconds = time.perf_counter() - start
        if isinstance(hook, ClassTemperatureHook):
            longest = max(seconds, self.due.get(CLUSTERING, (0.0, None))[0])
            self.due[CLUSTERING] = longest, hook.interval
        else:
            self.seconds[name] += seconds

    def per_epoch(self, epochs: int, max_epochs: int) -> dict[str, float]:
        """Return the seconds of an epoch that hooks around it take, on average."""
        result = {name: seconds / epochs for name, seconds in self.seconds.items()}
        for name, (seconds, interval) in self.due.items():
            result[name] = seconds / (interval or max_epochs)
        return result


def _synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
