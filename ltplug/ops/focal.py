"""The factor by which the focal loss turns easy samples down."""

import torch


def focal_factor(log_prob: torch.Tensor, gamma: float) -> torch.Tensor:
    r"""Return :math:`(1 - p)^\gamma` from :math:`\log p`.

    Lin et al., "Focal Loss for Dense Object Detection", 2017, eq. 4. The value and its gradient
    are finite for every probability, also p = 1 with gamma < 1, where the power has no derivative.

    Args:
        log_prob (Tensor): Log-probabilities of what is true, at most 0, of any shape.
        gamma (float): Focusing exponent, at least 0; 0 gives ones.

    Returns:
        Tensor: The factors, in the shape of ``log_prob``.

    Example:
        >>> import torch
        >>> from ltplug.ops import focal_factor
        >>> focal_factor(torch.tensor([0.5, 0.75]).log(), 2.0)
        tensor([0.2500, 0.0625])
    """
    # 1 - exp(log p) loses its digits where p is almost 1; expm1 keeps them.
    miss = -torch.expm1(log_prob)
    return miss.clamp(min=torch.finfo(miss.dtype).tiny)**gamma
