"""Gradient ratios of decoupled contrastive learning, class by class."""

import itertools
from collections.abc import Iterator

import numpy as np
import torch
from mmengine.model import BaseModel
from torch import nn
from torch.utils.data import DataLoader

from ltplug.models.losses import DecoupledSupConLoss
from ltplug.utils import unwrap_model


def decoupled_losses(model: nn.Module) -> list[DecoupledSupConLoss]:
    """Return the losses of a model that have a gradient ratio.

    Args:
        model (nn.Module): The model, in a wrapper such as DDP or not.

    Returns:
        list[DecoupledSupConLoss]: At least one.

    Raises:
        ValueError: If there is none.
    """
    losses = [module for module in unwrap_model(model).modules()
              if isinstance(module, DecoupledSupConLoss)]
    if not losses:
        raise ValueError('Gradient ratios are those of ltplug.DecoupledSupConLoss: use it as loss '
                         'of the model (alpha=None is SCL).')
    return losses


def add_by_class(sums: torch.Tensor, labels: torch.Tensor, ratios: torch.Tensor) -> None:
    """Add the ratios of anchors to the sums of their classes.

    Args:
        sums (Tensor): Sum and number of ratios of each class, float64 [2, C], changed in place.
        labels (Tensor): Of the anchors, int64 [A].
        ratios (Tensor): [A]; anchors without others of their class (NaN) are left out.
    """
    known = ratios.isfinite()
    labels, ratios = labels[known].cpu(), ratios[known].double().cpu()
    sums.index_add_(1, labels, torch.stack([ratios, torch.ones_like(ratios)]))


@torch.no_grad()
def measure_gradient_ratios(model: BaseModel, loader: DataLoader, num_classes: int,
                            epochs: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Measure the mean gradient ratio of every class with the weights held.

    The model gets training batches as in training (two random views, batch statistics, keys that
    enter the queue), but learns nothing; it is in training mode afterwards, its queue and running
    statistics have changed. Batches count from where the queue holds labelled keys alone.

    Args:
        model (BaseModel): With :class:`ltplug.models.DecoupledSupConLoss` and a queue, such as
            :class:`ltplug.models.DSCL`.
        loader (DataLoader): Its training batches; crops are left aside.
        num_classes (int): Classes C.
        epochs (int): How often to go over the training images. Defaults to 1.

    Returns:
        tuple[np.ndarray, np.ndarray]: Means of :func:`ltplug.ops.gradient_ratio`, and of what it
        is for the same anchors and queue where all features are equal, which is the theory of a
        model that knows nothing yet; float64 [C] each, NaN for a class without ratios.

    Raises:
        ValueError: If the model has no such loss.
    """
    measured, theory = torch.zeros(2, 2, num_classes, dtype=torch.float64)
    number = 0

    def look(loss: DecoupledSupConLoss, args: tuple[torch.Tensor, ...],
             output: torch.Tensor) -> None:
        nonlocal number
        query, key, labels, queue, queue_labels = args
        if (queue_labels < 0).any():
            return
        number += 1
        add_by_class(measured, labels, loss.gradient_ratio(*args))
        ones = [torch.ones_like(each[:, :1]) for each in (query, key, queue)]
        add_by_class(theory, labels,
                     loss.gradient_ratio(*ones[:2], labels, ones[2], queue_labels))

    handles = [loss.register_forward_hook(look) for loss in decoupled_losses(model)]
    model.train()
    for batch in _without_end(loader):
        data = model.data_preprocessor(batch, training=True)
        model(data['inputs'][:2], data['data_samples'], mode='loss')
        if number >= epochs * len(loader):
            break
    for handle in handles:
        handle.remove()
    means = (torch.where(count > 0, total / count, torch.nan) for total, count in
             (measured, theory))
    return tuple(each.numpy() for each in means)


def _without_end(loader: DataLoader) -> Iterator[dict]:
    """Yield batches epoch by epoch, each drawn anew."""
    for epoch in itertools.count():
        for sampler in (loader.sampler, getattr(loader.batch_sampler, 'sampler', None)):
            if hasattr(sampler, 'set_epoch'):
                sampler.set_epoch(epoch)
        yield from loader
