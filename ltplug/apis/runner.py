"""Building a Runner, and letting go of it."""

import atexit
import gc
import time
import uuid
from functools import cache
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner

from ltplug.engine import ClassCountsHook

from .batched_augmentation import batch_augmentation


class _OnceFormattedConfig(Config):
    """A config whose text is made once; mmengine asks for it at every checkpoint (30 ms each)."""

    @property
    def pretty_text(self) -> str:
        """str: The config as Python."""
        content = repr(self._cfg_dict)
        if self.__dict__.get('_formatted', ('', ''))[0] != content:
            object.__setattr__(self, '_formatted', (content, super().pretty_text))
        return self.__dict__['_formatted'][1]


@cache
def _forget_imports() -> None:
    """Spare the garbage collector what was imported; mmengine runs it for every dataset."""
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # or extension modules complain of leaks


def build_runner(cfg: Config) -> Runner:
    """Build the Runner of a checked config under a name of its own.

    mmengine would name two runs of the same second alike and mix their logs. It would also
    overwrite the config in the work dir before anything has been tried; here that waits until
    training begins.

    Args:
        cfg (Config): The config.

    Returns:
        Runner: The runner.
    """
    name = [f'{Path(cfg.work_dir).name}_{time.strftime("%Y%m%d_%H%M%S")}_{uuid.uuid4().hex[:8]}']
    broadcast_object_list(name)
    cfg.setdefault('experiment_name', name[0])
    if is_main_process():
        # mmengine names folders by the second: do not start in one that an earlier start has
        while list(Path(cfg.work_dir).glob(f'{time.strftime("%Y%m%d_%H%M%S")}*')):
            time.sleep(0.1)
    _forget_imports()
    # Without a file name mmengine names its dump by the time.
    nameless = _OnceFormattedConfig(cfg.to_dict())
    if nameless.get('batched_augmentation') and 'train_dataloader' in nameless:
        batch_augmentation(nameless)
    if 'runner_type' in nameless:
        return RUNNERS.build(nameless)
    return Runner.from_cfg(nameless)


def counts_of(runner: Runner) -> tuple[list[int] | None, list[int] | None]:
    """Return the training images per class, and those that define the groups, if they are known.

    Args:
        runner (Runner): That trains or tests.

    Returns:
        tuple[list[int], list[int]]: Both [C], or None.
    """
    for hook in runner.hooks:
        if isinstance(hook, ClassCountsHook):
            return hook.class_counts, hook.group_counts
    return None, None


def stop_workers(runner: Runner) -> None:
    """End the persistent workers of a runner that is not used any more.

    Left to the garbage collector, which may take a worker's queue before the worker, each of them
    is waited for five seconds.

    Args:
        runner (Runner): The runner.
    """
    for loop in (runner._train_loop, runner._val_loop, runner._test_loop):
        if isinstance(loop, BaseLoop):
            loop.dataloader._iterator = None
