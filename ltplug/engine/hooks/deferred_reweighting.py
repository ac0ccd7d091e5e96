"""Deferred re-weighting (DRW)."""

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ltplug.ops.class_weights import SCHEMES
from ltplug.registry import HOOKS
from ltplug.utils import check_epochs, is_training, unwrap_model


@HOOKS.register_module()
class DeferredReweightingHook(Hook):
    """Switches the class weights of every loss on late in training.

    Cao et al., "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss", 2019,
    algorithm 1: features are learned on the data as they are, then classes are weighted while the
    learning rate is low. Works with every loss that has ``set_reweighting``.

    It has no state: whether a resumed run is in the second phase follows from its epoch.

    Args:
        begin_epoch (int, optional): First weighted epoch, counted from 0. Defaults to 80 % of
            training (160 of 200).
        scheme (str): Class weights, see :func:`ltplug.ops.class_weights`. Defaults to
            'effective' (as LDAM's code; its text says 'inverse').
        beta (float): Of the effective number. Defaults to 0.9999.

    Raises:
        ValueError: If the scheme is unknown.
    """

    def __init__(self,
                 begin_epoch: int | None = None,
                 scheme: str = 'effective',
                 beta: float = 0.9999) -> None:
        if scheme not in SCHEMES:
            raise ValueError(f'scheme must be one of {", ".join(SCHEMES)}, got {scheme!r}.')
        self.begin_epoch = begin_epoch
        self.scheme = scheme
        self.beta = beta
        self._is_on = False

    def before_run(self, runner: Runner) -> None:
        """Find the losses, when the run is a training run.

        Raises:
            ValueError: If the model has none that can be re-weighted, or the first weighted epoch
                lies outside the training.
        """
        if not is_training(runner):
            return
        model = unwrap_model(runner.model)
        self._losses = [m for m in model.modules() if hasattr(m, 'set_reweighting')]
        if not self._losses:
            raise ValueError('DeferredReweightingHook finds no loss to re-weight: use a loss of '
                             "ltplug, such as dict(type='ltplug.ReweightedCrossEntropyLoss', "
                             "scheme='none').")
        check_epochs(runner, 'DeferredReweightingHook counts epochs')
        if self.begin_epoch is None:
            self.begin_epoch = runner.max_epochs * 4 // 5
        if not 0 <= self.begin_epoch < runner.max_epochs:
            raise ValueError(f'DeferredReweightingHook begins at epoch {self.begin_epoch}, which '
                             f'a training of {runner.max_epochs} epochs never reaches: lower '
                             'begin_epoch.')

    def before_train_epoch(self, runner: Runner) -> None:
        """Switch the weights on when their time has come."""
        if self._is_on or runner.epoch < self.begin_epoch:
            return
        self._is_on = True
        for loss in self._losses:
            loss.set_reweighting(self.scheme, self.beta)
        print_log(f'From epoch {runner.epoch + 1} on, classes are weighted: scheme '
                  f'{self.scheme!r}, beta {self.beta}.', logger='current')
