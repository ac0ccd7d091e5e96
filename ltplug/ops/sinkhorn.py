"""Assignment of samples to prototypes that are used equally."""

import torch


@torch.no_grad()
def sinkhorn(scores: torch.Tensor, epsilon: float = 0.05, num_iters: int = 3) -> torch.Tensor:
    r"""Return soft assignments of samples to prototypes, each of which gets an equal share.

    Caron et al., "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments",
    2020, section 3.1 (Sinkhorn-Knopp on :math:`\exp(scores / \epsilon)`). Computed on logarithms,
    so that no epsilon makes it overflow.

    Args:
        scores (Tensor): Similarities of all samples of the joint batch, [B, K].
        epsilon (float): Smaller is closer to hard assignments. Defaults to 0.05.
        num_iters (int): Of the normalisation of columns, then rows. Defaults to 3.

    Returns:
        Tensor: float32 or float64 [B, K], whose rows sum to 1.

    Example:
        >>> import torch
        >>> from ltplug.ops import sinkhorn
        >>> sinkhorn(torch.tensor([[1.0, 0.0], [1.0, 0.0]]))  # both prefer the first
        tensor([[0.5000, 0.5000],
                [0.5000, 0.5000]])
    """
    logs = (scores if scores.dtype == torch.float64 else scores.float()) / epsilon
    for _ in range(num_iters):
        logs = logs.log_softmax(dim=0).log_softmax(dim=1)
    return logs.exp()
