"""How long the weight vectors of a classifier are."""

import torch
from torch import nn


def weight_norms(head: nn.Module | None) -> torch.Tensor | None:
    """Return the length of the weight vector of every class.

    Args:
        head (nn.Module, optional): A classifier of one linear layer ``fc``, whose outputs may be
            multiplied by ``scales``.

    Returns:
        Tensor, optional: float32[C]; None for other heads.
    """
    weight = getattr(getattr(head, 'fc', None), 'weight', None)
    if not isinstance(weight, torch.Tensor) or weight.ndim != 2:
        return None
    norms = weight.float().norm(dim=1)
    scales = getattr(head, 'scales', None)
    return norms if scales is None else norms * scales.float().abs()
