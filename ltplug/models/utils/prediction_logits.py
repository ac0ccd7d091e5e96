"""The logits behind the scores that a classifier gives at test."""

import torch
from torch import nn


def head_logits(head: nn.Module | None, cls_score: torch.Tensor) -> torch.Tensor:
    """Return the logits whose softmax are the scores of a head.

    Most heads take the softmax of what their ``forward`` gives; those that scale or adjust it
    first say so in ``prediction_logits``.

    Args:
        head (nn.Module, optional): A classification head.
        cls_score (Tensor): What its ``forward`` gives, [N, C].

    Returns:
        Tensor: [N, C].
    """
    adjust = getattr(head, 'prediction_logits', None)
    return cls_score if adjust is None else adjust(cls_score)


def prediction_logits(model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Return the logits whose softmax are the scores that a classifier gives at test.

    Args:
        model (nn.Module): A classifier of mmpretrain or ltplug, in evaluation mode.
        inputs (Tensor): Normalised images, [N, C, H, W].

    Returns:
        Tensor: [N, C].
    """
    own = getattr(model, 'prediction_logits', None)
    if own is not None:
        return own(inputs)
    return head_logits(getattr(model, 'head', None), model(inputs, mode='tensor'))
