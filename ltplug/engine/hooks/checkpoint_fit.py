"""Refuses checkpoints that do not fit the model."""

import re

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import IterBasedTrainLoop, Runner

from ltplug.engine.checkpoint_fit import check_fit, check_pretrained, select_parts
from ltplug.engine.checkpoint_meta import store, stored
from ltplug.registry import HOOKS
from ltplug.utils import is_training, unwrap_model


@HOOKS.register_module()
class CheckpointFitHook(Hook):
    """Compares a checkpoint with the model before it is loaded.

    mmengine only logs what does not fit and goes on with random weights. Here resuming and testing
    need exactly the tensors of the model, and training from other weights (``load_from``) most of
    them, or some modules whole.

    Args:
        min_fraction (float): Share of the model's tensors that ``load_from`` must fill in a
            training run, and of a module's those of its ``init_cfg=dict(type='Pretrained')``.
            Defaults to 0.9: everything but a new classifier.
        parts (dict[str, str], optional): What ``load_from`` loads in a training run: name of the
            module in the model by its name in the checkpoint, such as ``{'backbone':
            'backbone'}``. All else keeps its initial values. Defaults to everything.

    Raises:
        ValueError: If the fraction lies outside [0, 1].
    """

    priority = 'VERY_HIGH'

    def __init__(self, min_fraction: float = 0.9, parts: dict[str, str] | None = None) -> None:
        if not 0 <= min_fraction <= 1:
            raise ValueError(f'min_fraction must lie in [0, 1], got {min_fraction}.')
        self.min_fraction = min_fraction
        self.parts = parts
        self._is_loaded = False

    def before_run(self, runner: Runner) -> None:
        """Compare the files from which modules will be initialised with these modules.

        Raises:
            RuntimeError: If one is of another architecture.
        """
        if is_training(runner) and not runner._resume:
            check_pretrained(unwrap_model(runner.model), self.min_fraction)

    def before_train(self, runner: Runner) -> None:
        """Compare what was fetched, and refuse to train without the parts that are to be loaded.

        Raises:
            RuntimeError: If a file is of another architecture, or none was loaded.
        """
        if not runner._resume:
            check_pretrained(unwrap_model(runner.model), self.min_fraction, are_remote=True)
        if self.parts is not None and not self._is_loaded:
            raise RuntimeError(
                f'checkpoint_fit loads parts ({", ".join(map(repr, self.parts))}) of a checkpoint, '
                'but there is none: name it with load_from=PATH, or run the recipe that makes it.')

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Select the parts, and compare names and shapes.

        Raises:
            RuntimeError: If the checkpoint is of another architecture or another schedule.
        """
        self._is_loaded = True
        expected = {key: value.shape for key, value in
                    unwrap_model(runner.model).state_dict().items()}
        state = checkpoint.get('state_dict', checkpoint)
        found = {re.sub(r'^module\.', '', key): value for key, value in state.items()}
        is_start = is_training(runner) and not runner._resume
        parts = self.parts if is_start else None
        if parts is not None:
            found = select_parts(found, parts)
            checkpoint['state_dict'] = found
        unexpected = [key for key in found if key not in expected]
        if unexpected and not is_start:
            raise RuntimeError(
                f'The checkpoint has {len(unexpected)} tensors that the model has not (such as '
                f'{unexpected[0]}): it comes from another architecture; use the config it was '
                'trained with.')
        shapes = {key: value.shape for key, value in found.items()}
        missing = check_fit(expected, shapes, self.min_fraction if is_start else 1.0, parts)
        if missing:
            shown = ', '.join(missing[:8]) + (', ...' if len(missing) > 8 else '')
            print_log(f'{len(missing)} of {len(expected)} tensors are not in the checkpoint and '
                      f'keep their initial values: {shown}.', logger='current')
        if runner._resume:
            self._check_length(runner, checkpoint)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the length of the training."""
        store(checkpoint, length=[type(runner.train_loop).__name__, runner.max_epochs,
                                  runner.max_iters])

    def _check_length(self, runner: Runner, checkpoint: dict) -> None:
        """Refuse another length: the schedulers in the checkpoint would end too early or late."""
        before = stored(checkpoint).get('length')
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
