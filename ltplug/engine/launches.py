"""What a training step asks of a GPU, counted without one."""

from collections import Counter
from dataclasses import dataclass

from mmengine.runner import EpochBasedTrainLoop
from torch import nn

from ltplug.registry import LOOPS
from ltplug.utils import Stopwatch, unwrap_model

from .pretended_gpu import PretendedGPU, Upload, pretended_gpu
from .step_parts import instrument

HOOKS = 'hooks'
_EARLIER_STEPS = 2  # in which buffers are read for the last time


@dataclass
class LaunchCount:
    """What the processor does for a training step on a GPU.

    Attributes:
        sections (dict[str, int]): Operators started by each part of a step, the most first.
        places (Counter): The same by the lines of code that start them, backward pass apart.
        waits (Counter): What holds the processor up until the GPU has done all before it, by
            (operator, lines of code).
        uploads (list[Upload]): Copies to the GPU.
    """

    sections: dict[str, int]
    places: Counter[str]
    waits: Counter[tuple[str, str]]
    uploads: list[Upload]

    @property
    def total(self) -> int:
        """int: Operators of a whole step."""
        return sum(self.sections.values())


@LOOPS.register_module()
class LaunchCountingLoop(EpochBasedTrainLoop):
    """Takes three steps on a pretended GPU and counts what the last one asks of it.

    Small networks are trained as fast as the processor starts their operators, and every step that
    waits for a value of the GPU leaves it idle. Steps are those of float32 in the first epoch.

    Attributes:
        count (LaunchCount, optional): The result, after the run.
    """

    count: LaunchCount | None = None

    def run(self) -> nn.Module:
        """Take the steps."""
        runner = self.runner
        runner.call_hook('before_train')
        runner.call_hook('before_train_epoch')
        runner.model.train()
        batches = iter(self.dataloader)
        with pretended_gpu() as gpu:
            unwrap_model(runner.model).to(gpu.device)
            self._group_parameters()
            watch = Stopwatch(clock=lambda: gpu.launched)
            instrument(runner, watch)
            runner.call_hook = watch.wrap(HOOKS, runner.call_hook)
            for step in range(_EARLIER_STEPS + 1):
                batch = next(batches, None) or next(iter(self.dataloader))
                gpu.reset()
                watch.reset()
                self.run_iter(step, batch)
            self.count = _count(gpu, watch)
        return runner.model

    def _group_parameters(self) -> None:
        """Let the optimizer change all parameters together, as it does by itself on a GPU."""
        for group in self.runner.optim_wrapper.param_groups:
            if group.get('foreach', True) is None:
                group['foreach'] = True


def _count(gpu: PretendedGPU, watch: Stopwatch) -> LaunchCount:
    sections = {name: int(number) for name, number in watch.spent.items() if number}
    return LaunchCount(dict(sorted(sections.items(), key=lambda item: -item[1])),
                       gpu.places, gpu.waits, gpu.uploads)
