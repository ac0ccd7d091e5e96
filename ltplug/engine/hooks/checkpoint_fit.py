"""Refuses checkpoints that do not fit the model."""

import re

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from ltplug.registry import HOOKS
from ltplug.utils import unwrap_model

from .class_counts import META_KEY


@HOOKS.register_module()
class CheckpointFitHook(Hook):
    """Compares a checkpoint with the model before it is loaded.

    mmengine only logs what does not fit and goes on with random weights. Here resuming and testing
    need exactly the tensors of the model, and training from other weights (``load_from``) most of
    them.

    Args:
        min_fraction (float): Share of the model's tensors that ``load_from`` must fill in a
            training run. Defaults to 0.9: everything but a new classifier.

    Raises:
        ValueError: If the fraction lies outside [0, 1].
    """

    priority = 'VERY_HIGH'

    def __init__(self, min_fraction: float = 0.9) -> None:
        if not 0 <= min_fraction <= 1:
            raise ValueError(f'min_fraction must lie in [0, 1], got {min_fraction}.')
        self.min_fraction = min_fraction

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare names and shapes.

        Raises:
            RuntimeError: If the checkpoint is of another architecture or another schedule.
        """
        model = unwrap_model(runner.model)
        expected = model.state_dict()
        found = {re.sub(r'^module\.', '', key): value
                 for key, value in checkpoint.get('state_dict', checkpoint).items()}
        missing = [key for key, value in expected.items()
                   if key not in found or found[key].shape != value.shape]
        trains = isinstance(runner._train_loop, BaseLoop)
        partly = trains and not runner._resume
        unexpected = [key for key in found if key not in expected]
        if unexpected and not partly:
            raise RuntimeError(
                f'The checkpoint has {len(unexpected)} tensors that the model has not (such as '
                f'{unexpected[0]}): it comes from another architecture; use the config it was '
                'trained with.')
        fraction = 1 - len(missing) / max(len(expected), 1)
        needed = self.min_fraction if partly else 1.0
        if fraction < needed:
            key = missing[0]
            shape = list(found[key].shape) if key in found else 'absent'
            raise RuntimeError(
                f'The checkpoint fits {len(expected) - len(missing)} of the {len(expected)} '
                f'tensors of the model ({key} is {shape} instead of {list(expected[key].shape)}): '
                'it comes from another architecture; use the config it was trained with.')
        if missing:
            print_log(f'{len(missing)} of {len(expected)} tensors are not in the checkpoint and '
                      f'keep their initial values: {", ".join(missing)}.', logger='current')
        if runner._resume:
            self._check_length(runner, checkpoint)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the length of the training."""
        meta = checkpoint['meta'].setdefault(META_KEY, {})
        meta['length'] = [type(runner.train_loop).__name__, runner.max_epochs, runner.max_iters]

    def _check_length(self, runner: Runner, checkpoint: dict) -> None:
        """Refuse another length: the schedulers in the checkpoint would end too early or late."""
        before = checkpoint['meta'].get(META_KEY, {}).get('length')
        if before is None:
            return
        unit = 'iters' if isinstance(runner.train_loop, IterBasedTrainLoop) else 'epochs'
        planned = before[2] if unit == 'iters' else before[1]
        now = runner.max_iters if unit == 'iters' else runner.max_epochs
        if planned != now:
            raise RuntimeError(
                f'The interrupted run was to last {planned} {unit} and the config now says {now}, '
                'but its learning rates go on as planned before: set '
                f'train_cfg.max_{unit}={planned}, or start anew with load_from.')
