"""What goes along with accumulated gradients."""

from typing import Any

from mmengine.hooks import Hook
from mmengine.model import BaseAveragedModel
from mmengine.optim import OptimWrapperDict
from mmengine.runner import IterBasedTrainLoop, Runner
from torch import nn

from ltplug.engine.optim_wrappers.epochwise import EpochwiseAccumulation
from ltplug.models.utils.changed_class import mix_in
from ltplug.registry import HOOKS
from ltplug.utils import unwrap_model


class _FollowsSteps:
    """Mixin of averages of weights that move in chosen iterations only."""

    moves = True

    def update_parameters(self, model: nn.Module) -> None:
        if self.moves:
            super().update_parameters(model)


@HOOKS.register_module()
class AccumulationHook(Hook):
    """Lets averages of weights follow steps of the optimizer, where several batches make one.

    Momentum encoders (MoCo, BYOL, the queue forms of SCL, SBCL and DSCL) move with the first batch
    of a step, and averaged models (``EMAHook``) after its last, so that one step on N batches moves
    them as far as one step on a batch N times as large.

    The hook also tells the optimizer wrappers of ltplug how long an epoch is, with which they end
    an accumulation. Added to any config that has ``optim_wrapper.accumulative_counts`` by the tools
    of ltplug.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Tell the optimizer wrapper the length of an epoch.

        Raises:
            ValueError: If there are several optimizers.
        """
        wrapper = runner.optim_wrapper
        if isinstance(wrapper, OptimWrapperDict):
            raise ValueError('AccumulationHook works with one optimizer, and the config has '
                             'several: leave accumulative_counts out.')
        if isinstance(wrapper, EpochwiseAccumulation) and \
                not isinstance(runner.train_loop, IterBasedTrainLoop):
            wrapper.epoch_length = len(runner.train_dataloader)
        encoders = unwrap_model(runner.model).modules()
        copies = (getattr(hook, 'ema_model', None) for hook in runner.hooks)
        self._encoders, self._copies = (
            [each for each in group if isinstance(each, BaseAveragedModel)]
            for group in (encoders, copies))
        for average in (*self._encoders, *self._copies):
            mix_in(average, _FollowsSteps)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Let averages move in this iteration, or stay."""
        wrapper = runner.optim_wrapper
        # The last iteration made a step, or this one will.
        for averages, moves in ((self._encoders, wrapper.should_update()),
                                (self._copies, wrapper.should_sync())):
            for average in averages:
                average.moves = moves
