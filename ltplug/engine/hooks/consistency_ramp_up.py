"""Lets a consistency term begin small."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.ops import ramp_up
from ltplug.registry import HOOKS
from ltplug.utils import unwrap_model


@HOOKS.register_module()
class ConsistencyRampUpHook(Hook):
    """Scales the consistency term of ``VATClassifier`` or ``MeanTeacherClassifier``.

    By :func:`ltplug.ops.ramp_up` of the iteration, which reaches 1 after some epochs. It has no
    state, so a resumed run goes on as it was.

    Args:
        epochs (int): Epochs until the term counts in full.

    Raises:
        ValueError: If there is not at least one.
    """

    def __init__(self, epochs: int) -> None:
        if epochs < 1:
            raise ValueError(f'epochs must be positive, got {epochs}; leave the hook out for a '
                             'term that counts in full from the start.')
        self.epochs = epochs

    def before_run(self, runner: Runner) -> None:
        """Check that there is a term to scale.

        Raises:
            ValueError: If there is none.
        """
        model = unwrap_model(runner.model)
        if not hasattr(model, 'consistency_scale'):
            raise ValueError(f'ConsistencyRampUpHook finds no consistency term in a '
                             f'{type(model).__name__}: use ltplug.VATClassifier or '
                             'ltplug.MeanTeacherClassifier, or leave the hook out.')

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Set the scale."""
        progress = runner.iter / (self.epochs * len(runner.train_dataloader))
        unwrap_model(runner.model).consistency_scale = ramp_up(progress)
