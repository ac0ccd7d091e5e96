"""Refreshes the masks of a pruned twin (SDCLR)."""

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ltplug.models.utils.pruned_branch import check_twin_layers
from ltplug.registry import HOOKS
from ltplug.utils import check_epochs, unwrap_model


@HOOKS.register_module()
class PruningMaskHook(Hook):
    """Lets :class:`ltplug.models.methods.SDCLR` choose its pruned weights before every epoch.

    The masks are a function of the weights at that moment, so a run that is resumed after an epoch
    gets those that it would have had.
    """

    priority = 'VERY_HIGH'
    prepares_model = True

    def before_train(self, runner: Runner) -> None:
        """Check the model, which may have been converted since it was built.

        Raises:
            ValueError: If the model is not pruned, its layers do not fit, or there are no epochs.
        """
        model = unwrap_model(runner.model)
        if not hasattr(model, 'refresh_masks'):
            raise ValueError('PruningMaskHook finds nothing to prune: use a model of type '
                             'ltplug.SDCLR.')
        check_epochs(runner, 'PruningMaskHook prunes before every epoch')
        check_twin_layers(model)

    def before_train_epoch(self, runner: Runner) -> None:
        """Prune anew; the masks go back to ones first, so weights can return."""
        share = unwrap_model(runner.model).refresh_masks()
        if runner.epoch == 0:
            print_log(f'{share:.1%} of the weights of convolutions are pruned in the twin, chosen '
                      'anew before every epoch.', logger='current')
