"""Methods in the middle of a training, for tests that go on with them in other ways."""

import contextlib
import copy
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from ltplug.apis.config import adapt_to_machine
from ltplug.apis.runner import build_runner
from ltplug.utils import seed_everything
from tests.configs.fake_data import shrink, write_pseudo_labels

Tensors = dict[str, torch.Tensor]


class Enough(Exception):
    """The state that was wanted is reached."""


class _CaptureHook(Hook):
    """Keeps the first batch of an epoch and ends the training there."""

    priority = 'LOWEST'

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.batch: Any = None

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        if runner.epoch == self.epoch:
            self.batch = data_batch
            raise Enough


def small(config: Path, work_dir: Path, **options: Any) -> Config:
    """Return a config of one small step per epoch, for two epochs.

    Args:
        config (Path): Its file.
        work_dir (Path): Where it runs.
        **options: Keys of the top level.

    Returns:
        Config: The small config.
    """
    cfg = shrink(Config.fromfile(config), epochs=2)
    write_pseudo_labels(cfg)
    cfg.default_hooks.get('checkpoint_fit', {}).pop('parts', None)  # of a stage not run here
    cfg.default_hooks.checkpoint.interval = 2
    cfg.work_dir, cfg.log_level = str(work_dir), 'ERROR'
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    cfg.merge_from_dict(options)
    adapt_to_machine(cfg)
    return cfg


def captured(cfg: Config) -> tuple[nn.Module, Any]:
    """Train for an epoch.

    Args:
        cfg (Config): From :func:`small`.

    Returns:
        tuple[nn.Module, Any]: The model, and the batch that would have come next.
    """
    runner, hook = build_runner(cfg), _CaptureHook(epoch=1)
    runner.register_hook(hook)
    with contextlib.suppress(Enough):
        runner.train()
    return runner.model, hook.batch


def one_step(model: nn.Module, batch: Any, forward_context: AbstractContextManager | None = None
             ) -> tuple[Tensors, Tensors, Tensors]:
    """Go forward and backward, the same random numbers every time.

    Args:
        model (nn.Module): Left as it is but for its state.
        batch (Any): Left as it is.
        forward_context (AbstractContextManager, optional): Of the forward pass.

    Returns:
        tuple[dict, dict, dict]: What the model returned, gradients, and the state afterwards.
    """
    seed_everything(0)
    model.zero_grad()
    with forward_context or contextlib.nullcontext():
        data = model.data_preprocessor(copy.deepcopy(batch), True)
        losses = model(**data, mode='loss')
    model.parse_losses(losses)[0].backward()
    gradients = {name: parameter.grad for name, parameter in model.named_parameters()
                 if parameter.grad is not None}
    return losses, gradients, model.state_dict()
