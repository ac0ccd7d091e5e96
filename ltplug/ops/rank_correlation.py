"""Spearman's rank correlation."""

import torch


def rank_correlation(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Return Spearman's rank correlation of two vectors; equal values share their mean rank.

    Args:
        first (Tensor): [n].
        second (Tensor): [n].

    Returns:
        Tensor: A float32 scalar in [-1, 1]; 0 where all values of a vector are equal.

    Example:
        >>> import torch
        >>> from ltplug.ops import rank_correlation
        >>> rank_correlation(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([9.0, 4.0, 1.0]))
        tensor(-1.)
    """
    a, b = _centred_ranks(first), _centred_ranks(second)
    return ((a * b).sum() / (a.norm() * b.norm()).clamp(min=1e-12)).float()


def _centred_ranks(values: torch.Tensor) -> torch.Tensor:
    below, ends = (torch.searchsorted(values.sort().values, values, right=right).double()
                   for right in (False, True))
    ranks = (below + ends) / 2
    return ranks - ranks.mean()
