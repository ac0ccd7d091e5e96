"""Lets the memory of losses decide how strongly images are augmented (BCL)."""

from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.datasets import StrengthDrawBatchSampler
from ltplug.models.methods import BCL
from ltplug.registry import HOOKS
from ltplug.utils import check_epochs, is_training, unwrap_model


@HOOKS.register_module()
class MemorizedStrengthHook(Hook):
    """Gives the strengths of :class:`ltplug.models.methods.BCL` to the sampler before every epoch.

    In the first epoch all are 0. The memory is part of the model's state, so a resumed run goes on
    with the same strengths.
    """

    priority = 'VERY_HIGH'  # before EMAHook copies the model

    def before_run(self, runner: Runner) -> None:
        """Make room in the model, when the run is a training run.

        Raises:
            ValueError: If the model remembers nothing, the sampler takes no strengths or the loop
                has no epochs.
        """
        if not is_training(runner):
            return
        model = unwrap_model(runner.model)
        if not isinstance(model, BCL):
            raise ValueError('MemorizedStrengthHook finds no memory of losses: use a model of type '
                             'ltplug.BCL.')
        check_epochs(runner, 'MemorizedStrengthHook acts before every epoch')
        if not isinstance(runner.train_dataloader.batch_sampler, StrengthDrawBatchSampler):
            raise ValueError('MemorizedStrengthHook needs a sampler that carries strengths: set '
                             'train_dataloader.batch_sampler=dict(type='
                             '"ltplug.StrengthDrawBatchSampler").')
        model.memory.allocate(len(runner.train_dataloader.dataset))

    def before_train_epoch(self, runner: Runner) -> None:
        """Hand the strengths on."""
        strengths = unwrap_model(runner.model).memory.strengths()
        runner.train_dataloader.batch_sampler.strengths = strengths.cpu().numpy()
