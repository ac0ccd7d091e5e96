"""Spearman's rank correlation."""

import torch


def rank_correlation(first: torch.Tensor, second: torch.Tensor,
                     counted: torch.Tensor | None = None) -> torch.Tensor:
    """Return Spearman's rank correlation of two vectors; equal values share their mean rank.

    Args:
        first (Tensor): [n].
        second (Tensor): [n].
        counted (Tensor, optional): Which entries count, bool [n]; a GPU is not waited for, as it
            would be where the others are left out before. Defaults to all.

    Returns:
        Tensor: A float32 scalar in [-1, 1]; 0 where all values of a vector are equal.

    Example:
        >>> import torch
        >>> from ltplug.ops import rank_correlation
        >>> rank_correlation(torch.tensor([1.0, 2.0, 3.0]), torch.tensor([9.0, 4.0, 1.0]))
        tensor(-1.)
    """
    if counted is None:
        counted = torch.ones_like(first, dtype=torch.bool)
    a, b = (_centred_ranks(values, counted) for values in (first, second))
    return ((a * b).sum() / (a.norm() * b.norm()).clamp(min=1e-12)).float()


def _centred_ranks(values: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Ranks among the entries that count, less their mean; 0 for the others."""
    values = values.double().masked_fill(~counted, torch.inf)  # behind all that count
    below, ends = (torch.searchsorted(values.sort().values, values, right=right).double()
                   for right in (False, True))
    ranks = (below + ends) / 2 * counted
    return (ranks - ranks.sum() / counted.sum().clamp(min=1)) * counted
