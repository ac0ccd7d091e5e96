"""Which weights magnitude pruning keeps."""

import math
from collections.abc import Mapping

import torch

SCOPES = ('global', 'layer')


@torch.no_grad()
def magnitude_masks(weights: Mapping[str, torch.Tensor], prune_ratio: float,
                    scope: str = 'global') -> dict[str, torch.Tensor]:
    """Return which weights survive when the smallest magnitudes are pruned.

    As the released code of SDCLR (Jiang et al., "Self-Damaging Contrastive Learning", 2021): of n
    weights, ceil(ratio * n) lie below the threshold, which is the next magnitude (the largest where
    there is none). Weights that equal the threshold survive, so at least one does. With the global
    scope all weights are sorted together, and a layer may vanish.

    Args:
        weights (Mapping[str, Tensor]): Tensors of any shape by name.
        prune_ratio (float): In [0, 1].
        scope (str): 'global' or 'layer'. Defaults to 'global'.

    Returns:
        dict[str, Tensor]: True where a weight is kept, of the shape of the weight.

    Raises:
        ValueError: If an argument is out of range or there are no weights.

    Example:
        >>> import torch
        >>> from ltplug.ops import magnitude_masks
        >>> magnitude_masks({'a': torch.tensor([3.0, -4.0]), 'b': torch.tensor([1.0, 2.0])}, 0.5)
        {'a': tensor([True, True]), 'b': tensor([False, False])}
    """
    check_prune_ratio(prune_ratio)
    if scope not in SCOPES:
        raise ValueError(f'scope must be one of {", ".join(SCOPES)}, got {scope!r}.')
    if not weights:
        raise ValueError('magnitude_masks needs at least one tensor of weights, got none.')
    magnitudes = {name: weight.abs() for name, weight in weights.items()}
    if scope == 'layer':
        return {name: values >= _threshold(values.flatten(), prune_ratio)
                for name, values in magnitudes.items()}
    everything = torch.cat([values.flatten() for values in magnitudes.values()])
    threshold = _threshold(everything, prune_ratio)
    return {name: values >= threshold for name, values in magnitudes.items()}


def check_prune_ratio(prune_ratio: float) -> float:
    """Return a share of weights to prune if it is one, or complain.

    Args:
        prune_ratio (float): Its value.

    Returns:
        float: The value.

    Raises:
        ValueError: If it lies outside [0, 1].
    """
    if not 0 <= prune_ratio <= 1:
        raise ValueError(f'prune_ratio must lie in [0, 1], got {prune_ratio}.')
    return prune_ratio


def _threshold(magnitudes: torch.Tensor, prune_ratio: float) -> torch.Tensor:
    number = len(magnitudes)
    return magnitudes.sort().values[min(math.ceil(prune_ratio * number), number - 1)]
