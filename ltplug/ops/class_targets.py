"""Points on the sphere that classes are drawn to (TSC)."""

import numpy as np
import torch
import torch.nn.functional as F
from scipy.optimize import linear_sum_assignment

_LEARNING_RATE = 1e-3


def target_uniformity(targets: torch.Tensor, temperature: float = 0.07) -> torch.Tensor:
    r"""Return how far targets are from being spread evenly, lower is better.

    .. math:: \frac{1}{C} \sum_i \log \sum_j \exp(t_i t_j / \tau)

    (Li et al., "Targeted Supervised Contrastive Learning for Long-tailed Recognition", 2022,
    eq. 3, with j = i included.)

    Args:
        targets (Tensor): Unit vectors, float [C, D].
        temperature (float): Positive. Defaults to 0.07.

    Returns:
        Tensor: A scalar.
    """
    return (targets @ targets.T / temperature).logsumexp(dim=1).mean()


def uniform_targets(num_classes: int,
                    dim: int,
                    temperature: float = 0.07,
                    seed: int = 0,
                    num_steps: int = 10_000,
                    device: torch.device | str = 'cpu') -> torch.Tensor:
    """Return points that are spread evenly over the unit sphere.

    Up to dim + 1 points are the corners of a regular simplex, in a random position: the optimum of
    :func:`target_uniformity`. More are found by Adam as in the supplement of TSC; the best of all
    steps is kept.

    Args:
        num_classes (int): Number of points C, at least 1.
        dim (int): Dimension D, at least 2.
        temperature (float): Positive. Defaults to 0.07.
        seed (int): Of the position, or the start of the optimisation. Defaults to 0.
        num_steps (int): Steps of the optimisation. Defaults to 10 000.
        device (torch.device or str): Where to optimise. Defaults to 'cpu'.

    Returns:
        Tensor: Unit vectors, float32 [C, D], on the device.

    Raises:
        ValueError: If there is no class or fewer than two dimensions.
    """
    if num_classes < 1 or dim < 2:
        raise ValueError('num_classes must be at least 1 and dim at least 2, got '
                         f'{num_classes} and {dim}.')
    generator = torch.Generator().manual_seed(seed)
    if num_classes == 1 or num_classes > dim + 1:
        start = F.normalize(torch.randn(num_classes, dim, generator=generator), dim=1)
        return start.to(device) if num_classes == 1 else _spread(
            start.to(device), temperature, num_steps)
    size = num_classes - 1
    ones_first = torch.eye(num_classes, dtype=torch.float64).roll(1, dims=1)
    ones_first[:, 0] = 1
    corners = F.normalize(torch.linalg.qr(ones_first)[0][:, 1:], dim=1)
    position = torch.randn(dim, size, generator=generator, dtype=torch.float64)
    return (corners @ torch.linalg.qr(position)[0].T).float().to(device)


@torch.enable_grad()
def _spread(start: torch.Tensor, temperature: float, num_steps: int) -> torch.Tensor:
    points = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([points], lr=_LEARNING_RATE)
    best, lowest = start, target_uniformity(start, temperature)
    for _ in range(num_steps):
        optimizer.zero_grad()
        target_uniformity(F.normalize(points, dim=1), temperature).backward()
        optimizer.step()
        with torch.no_grad():
            points.copy_(F.normalize(points, dim=1))
            value = target_uniformity(points, temperature)
            best = torch.where(value < lowest, points, best)
            lowest = torch.minimum(value, lowest)
    return best.detach()


def assign_targets(centroids: torch.Tensor | np.ndarray,
                   targets: torch.Tensor | np.ndarray) -> np.ndarray:
    """Give every class a target of its own, so that the summed inner product is largest.

    Args:
        centroids (Tensor or array): Of the classes, float [C, D].
        targets (Tensor or array): float [C, D].

    Returns:
        np.ndarray: The index of every class's target, a permutation, int64[C].
    """
    similarity = torch.as_tensor(centroids) @ torch.as_tensor(targets).T
    return linear_sum_assignment(similarity.double().cpu().numpy(), maximize=True)[1]
