"""The training loss of every class, epoch by epoch."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_reduce, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from ltplug.engine.checkpoint_meta import store, stored
from ltplug.models.losses.class_count_loss import label_scores
from ltplug.registry import HOOKS
from ltplug.utils import check_epochs, is_training, unwrap_model, write_atomically

from .takes_class_counts import TakesClassCounts

FILE = 'class_losses.npz'


@HOOKS.register_module()
class ClassLossHook(TakesClassCounts, Hook):
    """Records the mean training loss of every class in every epoch.

    Whatever the method, its classification loss is a module that gets scores and labels. This
    hook listens to that module and computes the losses of the single samples from the same scores
    beforehand, without gradient; nothing else runs twice. They are what the module minimises, so
    class weights and margins are in them. A mixed label counts for its classes by their shares.

    After every epoch the arrays are written to ``<work_dir>/class_losses.npz``: ``loss``
    float64[E, C], NaN for a class without a sample in that epoch, ``samples`` float64[E, C] and,
    where they are known, ``class_counts`` int64[C]. They are in the checkpoints too, so that a
    resumed run continues them.

    Args:
        module (str): Dotted name of the loss in the model. Defaults to 'head.loss_module', the
            loss of the classifier that predicts.
    """

    def __init__(self, module: str = 'head.loss_module') -> None:
        self.module = module
        self._epochs: list[torch.Tensor] = []  # sums and numbers of samples, float64[2, C] each
        self._current: torch.Tensor | None = None
        self._handle: Any = None

    def before_run(self, runner: Runner) -> None:
        """Start to listen, when the run is a training run.

        Raises:
            ValueError: If the model has no such module, or the training has no epochs.
        """
        if not is_training(runner):
            return
        check_epochs(runner, 'ClassLossHook records epochs')
        try:
            loss = unwrap_model(runner.model).get_submodule(self.module)
        except AttributeError as error:
            raise ValueError(f'ClassLossHook finds no {self.module} in the model ({error}): give '
                             'the dotted name of its loss, module=....') from None
        self._handle = loss.register_forward_pre_hook(self._record, with_kwargs=True)

    def before_train_epoch(self, runner: Runner) -> None:
        """Forget what an interrupted epoch has recorded."""
        self._current = None

    def after_train_epoch(self, runner: Runner) -> None:
        """Add up the epoch over all ranks and write the file.

        Raises:
            ValueError: If the loss was never called.
        """
        if self._current is None:
            raise ValueError(f'ClassLossHook heard nothing from {self.module} in a whole epoch: '
                             'give the dotted name of a loss that the training calls.')
        all_reduce(self._current)
        self._epochs.append(self._current.cpu())
        if is_main_process():
            sums, samples = torch.stack(self._epochs, dim=1).numpy()
            arrays = {'loss': np.where(samples > 0, sums / np.where(samples > 0, samples, 1),
                                       np.nan), 'samples': samples}
            if self.class_counts is not None:
                arrays['class_counts'] = np.array(self.class_counts)
            write_atomically(Path(runner.work_dir) / FILE, lambda file: np.savez(file, **arrays))

    def after_train(self, runner: Runner) -> None:
        """Stop to listen."""
        self._handle.remove()

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the epochs so far."""
        if self._epochs:
            store(checkpoint, class_losses=torch.stack(self._epochs))

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Continue with the epochs of a resumed checkpoint."""
        losses = stored(checkpoint).get('class_losses')
        if runner._resume and losses is not None:
            self._epochs = list(losses)

    @torch.no_grad()
    def _record(self, module: nn.Module, args: tuple, kwargs: dict) -> None:
        if not module.training:
            return
        scores, target = args[:2]  # their names differ from loss to loss
        arguments = {**kwargs, 'avg_factor': None, 'reduction_override': 'none'}
        buffers = [(buffer, buffer.clone()) for buffer in module.buffers()]
        # not module(...), which would call this hook again
        losses = module.forward(scores, target, **arguments)
        for buffer, before in buffers:  # statistics of a loss must not see a batch twice
            buffer.copy_(before)
        losses = losses.reshape(len(scores), -1).sum(dim=1).double()  # some give one per class
        shares = label_scores(target, scores.shape[1]).double()
        if self._current is None:
            self._current = shares.new_zeros(2, scores.shape[1])
        self._current[0] += losses @ shares
        self._current[1] += shares.sum(dim=0)
