"""Strength of augmentation by how late an image is learned (BCL)."""

import torch


@torch.no_grad()
def memorization_strengths(losses: torch.Tensor) -> torch.Tensor:
    r"""Return how strongly BCL augments every image, from its memorised loss.

    Zhou et al., "Contrastive Learning with Boosted Memorization", 2022:
    :math:`M_i = \frac12 (1 + (m_i - \bar m) / \max_j |m_j - \bar m|)`. Rare images are learned
    late, keep a high loss, and are augmented more.

    Args:
        losses (Tensor): [N]; NaN for an image that has not been seen.

    Returns:
        Tensor: [N] in [0, 1]; 0 for an image that has not been seen, 1/2 where all losses are
        equal.

    Example:
        >>> import torch
        >>> from ltplug.ops import memorization_strengths
        >>> memorization_strengths(torch.tensor([1.0, 2.0, 3.0]))
        tensor([0.0000, 0.5000, 1.0000])
    """
    seen = ~losses.isnan()
    if not seen.any():
        return torch.zeros_like(losses)
    gaps = losses - losses[seen].mean()
    largest = gaps[seen].abs().max()
    return torch.where(seen, (1 + gaps / torch.where(largest > 0, largest, 1)) / 2, 0)
