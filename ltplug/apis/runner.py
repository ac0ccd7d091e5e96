"""Building a Runner, and letting go of it."""

import atexit
import gc
import time
import uuid
from functools import cache
from pathlib import Path

import torch
from mmengine.config import Config
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from torch import nn

from ltplug.engine import ClassCountsHook
from ltplug.engine.config_check import ConfigError
from ltplug.engine.config_values import find_incomplete
from ltplug.models.utils.activation_checkpointing import checkpoint_activations
from ltplug.models.utils.channels_last import use_channels_last
from ltplug.models.utils.compiled_backbones import compile_backbones
from ltplug.models.utils.transfers import copy_without_waiting
from ltplug.utils import built_loops, unwrap_model

from .batched_augmentation import batch_augmentation
from .data_check import DataCheckHook
from .switches import MODEL_SWITCHES, apply_switches, choose_loop


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


class SwitchedRunner(Runner):
    """A Runner that changes its model by the switches of its config."""

    def wrap_model(self, model_wrapper_cfg: dict | None, model: nn.Module) -> nn.Module:
        """Change a built model, then wrap it for several processes.

        Args:
            model_wrapper_cfg (dict, optional): As in mmengine.
            model (nn.Module): The model.

        Returns:
            nn.Module: The model, on its device, in its wrapper.
        """
        if self.cfg.get('channels_last'):
            use_channels_last(model)  # before DDP, whose buckets have the layout of the weights
        model = super().wrap_model(model_wrapper_cfg, model)
        if self.cfg.get('checkpoint_activations'):
            number = checkpoint_activations(unwrap_model(model))
            self.logger.info(f'{number} residual blocks are computed again for their gradients.')
        return model

    def train(self) -> nn.Module:
        """Train, with the backbones compiled if the config says so.

        Returns:
            nn.Module: The model after training.
        """
        options = self.cfg.get('compile_backbone', False)
        if options is not False:
            compile_backbones(unwrap_model(self.model), **({} if options is True else options))
        return super().train()

    def _init_model_weights(self) -> None:
        """Draw the weights that the seed gives, which the layout in memory would change."""
        if self.cfg.get('channels_last'):
            self.model.to(memory_format=torch.contiguous_format)
        super()._init_model_weights()
        if self.cfg.get('channels_last'):
            self.model.to(memory_format=torch.channels_last)


def build_runner(cfg: Config) -> Runner:
    """Build the Runner of a checked config under a name of its own.

    mmengine would name two runs of the same second alike and mix their logs. It would also
    overwrite the config in the work dir before anything has been tried; here that waits until
    training begins.

    Args:
        cfg (Config): The config.

    Returns:
        Runner: The runner.

    Raises:
        ConfigError: If a part of a run lacks something.
    """
    for sentence in find_incomplete(cfg):
        raise ConfigError(sentence)
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
    nameless.randomness = {'seed': None, **(nameless.get('randomness') or {})}  # or mmengine fails
    choose_loop(nameless)
    apply_switches(nameless)
    if any(nameless.get(switch, False) is not False for switch in MODEL_SWITCHES):
        runner = SwitchedRunner.from_cfg(nameless)
    elif 'runner_type' in nameless:
        runner = RUNNERS.build(nameless)
    else:
        runner = Runner.from_cfg(nameless)
    copy_without_waiting(unwrap_model(runner.model))
    runner.register_hook(DataCheckHook())
    return runner


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
    for loop in built_loops(runner).values():
        loop.dataloader._iterator = None
