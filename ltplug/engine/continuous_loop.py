"""Training whose loading processes do not wait for the next epoch to begin."""

import copy
from collections.abc import Iterator
from contextlib import closing
from itertools import chain, count, islice
from typing import Any

from mmengine.logging import print_log
from mmengine.runner import EpochBasedTrainLoop
from torch import nn
from torch.utils.data import DataLoader

from ltplug.models.utils.changed_class import mix_in
from ltplug.registry import LOOPS


@LOOPS.register_module()
class ContinuousTrainLoop(EpochBasedTrainLoop):
    """mmengine's ``EpochBasedTrainLoop``, whose loading processes run on into the next epoch.

    There every epoch begins with a wait, until some process has made a whole batch. Here the
    processes go on with the batches of later epochs, at most ``prefetch_factor`` each, while hooks
    run, checkpoints are written and the model is validated; nothing is loaded beyond the last
    epoch. Batches, their order and all that hooks see are the same.

    This needs ``num_workers`` and ``persistent_workers=True``, and a batch sampler that knows its
    epochs in advance: one with ``runs_ahead`` true and ``batches(epoch)``, as those of ltplug have,
    unless they or their sampler are told something between epochs (``StrengthDrawBatchSampler``).
    With all others each epoch is loaded by itself, as in mmengine, and the log says why.

    Hooks may change dataset and transforms between epochs in the usual way: after
    ``runner.train_dataloader._iterator = None``, as in mmpretrain's ``SwitchRecipeHook``, new
    processes load the epoch that begins. Who iterates ``runner.train_dataloader`` meanwhile gets
    processes of its own.

    In a config (the tools of ltplug do so where a config says ``by_epoch=True``)::

        train_cfg = dict(type='ltplug.ContinuousTrainLoop', max_epochs=100)

    Over a dataset that takes no draws (see :class:`ltplug.DrawBatchSampler`) augmentation depends
    on which process makes a batch; then its random numbers are other ones than in mmengine's loop,
    as they are with another number of processes.

    Its arguments are those of mmengine's ``EpochBasedTrainLoop``.
    """

    _has_told = False

    def run(self) -> nn.Module:
        """Train.

        Returns:
            nn.Module: The model.
        """
        try:
            return super().run()
        finally:  # a training that stops early, or fails, has loaded ahead
            if isinstance(self.dataloader, _RunsOn):
                self.dataloader._iterator = None

    def run_epoch(self) -> None:
        """Train one epoch."""
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        with closing(self.batches(self._max_epochs)) as batches:
            for idx, data_batch in enumerate(batches):
                self.run_iter(idx, data_batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def batches(self, end: int | None) -> Iterator[Any]:
        """Yield the batches of the current epoch.

        Args:
            end (int, optional): The epoch before which loading ends. None for no end.

        Yields:
            Any: A batch.
        """
        reason = why_not_continuous(self.dataloader)
        if reason is None:
            mix_in(self.dataloader, _RunsOn)
            yield from self.dataloader.batches(self._epoch, end)
            return
        if self.dataloader.num_workers and not self._has_told:
            print_log(f'Every epoch waits for its first batch: {reason}.', logger='current')
            self._has_told = True
        yield from self.dataloader


def why_not_continuous(loader: DataLoader) -> str | None:
    """Return why processes cannot load the next epoch before it begins.

    Args:
        loader (DataLoader): The training data.

    Returns:
        str, optional: The reason; None where they can.
    """
    if not loader.num_workers:
        return 'there are no loading processes (num_workers=0)'
    if not loader.persistent_workers:
        return 'loading processes end with each epoch (persistent_workers=False)'
    sampler = loader.batch_sampler
    if not getattr(sampler, 'runs_ahead', False):
        names = ' with '.join(type(each).__name__ for each in
                              (sampler, getattr(sampler, 'sampler', None)) if each is not None)
        return f'{names} does not say that an epoch is known before it begins (pure_epochs)'
    return None


class _RunsOn(DataLoader):
    """Mixin of data loaders with one iterator over many epochs, in torch's own ``_iterator``."""

    _next_epoch: int | None = None  # that of the next batch, if it is the first of one

    def __iter__(self) -> Iterator[Any]:
        """Begin a pass of its own; torch would begin the running one anew."""
        return self._begin(persistent_workers=False)

    def batches(self, epoch: int, end: int | None) -> Iterator[Any]:
        """Yield the batches of an epoch while processes load those of later ones.

        Args:
            epoch (int): Its number. Where it does not follow the one before, or that was left
                early, or ``_iterator`` is None, new processes are started.
            end (int, optional): As in :meth:`ContinuousTrainLoop.batches`.

        Yields:
            Any: A batch.
        """
        if self._iterator is None or self._next_epoch != epoch:
            self._iterator = None  # the old processes end before there are new ones
            epochs = count(epoch) if end is None else range(epoch, end)
            self._iterator = self._begin(
                batch_sampler=chain.from_iterable(map(self.batch_sampler.batches, epochs)))
        self._next_epoch = None
        yield from islice(self._iterator, len(self))
        self._next_epoch = epoch + 1
        if self._next_epoch == end:
            self._iterator = None  # what they hold is free while the model is validated

    def _begin(self, **attributes: Any) -> Iterator[Any]:
        """Iterate over a copy of this loader with other attributes, which torch does not change."""
        loader = copy.copy(self)
        vars(loader).update(attributes)
        return super(_RunsOn, loader).__iter__()
