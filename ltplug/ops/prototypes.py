"""Weights of images by their similarity to prototypes (FASSL)."""

import math

import torch
import torch.nn.functional as F

SIMILARITIES = ('cosine', 'inner')
_LARGEST = 1e300  # sums are cut here, so that differences of two of them stay finite
_PROTOTYPES_AT_ONCE = 64


def prototype_weights(features: torch.Tensor,
                      prototypes: torch.Tensor,
                      clip_ratio: float = 10.0,
                      similarity: str = 'cosine') -> torch.Tensor:
    r"""Return FASSL's weight of every image in the batch.

    Lin et al., "Frequency-Aware Self-Supervised Long-Tailed Learning", 2023, eq. 3, with "clip
    outliers and normalize the weights in each mini-batch" (section 4.2):

    .. math:: \phi_i \propto \exp(-\sum_k \langle z_i, p_k \rangle), \quad \bar\phi = 1

    See :func:`similarity_sums` and :func:`rebalancing_weights` for the two steps. Without a
    gradient, and finite for any finite input.

    Args:
        features (Tensor): Of the teacher, [N, D].
        prototypes (Tensor): [K, D].
        clip_ratio (float): At least 1; ``math.inf`` does not clip. Defaults to 10.
        similarity (str): 'cosine', or 'inner' for plain inner products. Defaults to 'cosine',
            because neither the length of features nor that of prototypes is pinned by eq. 2.

    Returns:
        Tensor: float [N], float64 where the features are, else float32; mean 1.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> import torch
        >>> from ltplug.ops import prototype_weights
        >>> prototype_weights(torch.eye(2), torch.tensor([[1.0, 0.0]]))  # the second is farther
        tensor([0.5379, 1.4621])
    """
    sums = similarity_sums(features, prototypes, similarity)
    dtype = torch.float64 if features.dtype == torch.float64 else torch.float32
    return rebalancing_weights(sums, clip_ratio).to(dtype)


@torch.no_grad()
def similarity_sums(features: torch.Tensor, prototypes: torch.Tensor,
                    similarity: str = 'cosine') -> torch.Tensor:
    """Return the summed similarity of every feature to all prototypes.

    Args:
        features (Tensor): [N, D].
        prototypes (Tensor): [K, D].
        similarity (str): 'cosine', or 'inner' for plain inner products. Defaults to 'cosine'.

    Returns:
        Tensor: float64 [N], finite for any finite input.

    Raises:
        ValueError: If the similarity is unknown or the shapes do not fit.
    """
    if similarity not in SIMILARITIES:
        raise ValueError(f'similarity must be one of {", ".join(SIMILARITIES)}, got '
                         f'{similarity!r}.')
    if features.ndim != 2 or prototypes.ndim != 2 or features.shape[1] != prototypes.shape[1]:
        raise ValueError('similarities are between features [N, D] and prototypes [K, D], got '
                         f'{tuple(features.shape)} and {tuple(prototypes.shape)}.')
    rows, lengths = _scaled(features, features.abs().amax(dim=1, keepdim=True))
    if similarity == 'cosine':
        scaled, _ = _scaled(prototypes, prototypes.abs().amax(dim=1, keepdim=True))
        return (F.normalize(rows, dim=1) * F.normalize(scaled, dim=1).sum(dim=0)).sum(dim=1)
    scaled, length = _scaled(prototypes, prototypes.abs().amax())
    products = (rows * scaled.sum(dim=0)).sum(dim=1)
    return (products * lengths[:, 0] * length).clamp(-_LARGEST, _LARGEST)


def _scaled(values: torch.Tensor, largest: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return values over their largest in float64, which no square can overflow, and these."""
    largest = largest.double()
    return values.double() / torch.where(largest > 0, largest, 1), largest


@torch.no_grad()
def rebalancing_weights(sums: torch.Tensor, clip_ratio: float = 10.0) -> torch.Tensor:
    r"""Return weights that fall with the similarity sums s of the joint batch.

    Computed on logarithms: :math:`w_i = \exp(clamp(m - s_i, -\log r, \log r))`, where m is the
    median of the sums (of an even number the mean of the two middle ones) and r the clip ratio;
    then the weights are divided by their mean.

    Args:
        sums (Tensor): Summed similarities of all images of the batch, [N].
        clip_ratio (float): At least 1; weights span at most its square. Defaults to 10, so 100.

    Returns:
        Tensor: [N], mean 1.

    Raises:
        ValueError: If the ratio is out of range.
    """
    check_clip_ratio(clip_ratio)
    bound = math.log(clip_ratio)
    logs = (sums.quantile(0.5) - sums).clamp(-bound, bound)
    return logs.softmax(dim=0) * len(sums)


def check_clip_ratio(clip_ratio: float) -> float:
    """Return a clip ratio if it is one, or complain.

    Args:
        clip_ratio (float): Its value.

    Returns:
        float: The value.

    Raises:
        ValueError: If it is below 1 or no number.
    """
    if not clip_ratio >= 1:
        raise ValueError(f'clip_ratio must be at least 1, got {clip_ratio}.')
    return clip_ratio


@torch.no_grad()
def align_signs(features: torch.Tensor, prototypes: torch.Tensor) -> torch.Tensor:
    r"""Return prototypes whose mean similarity to the features is not negative.

    The contrastive loss that learns FASSL's prototypes (eq. 2) is the same for a prototype and its
    negative, while the weights (eq. 3) depend on the sign. Each row is flipped where the mean over
    i of :math:`\langle z_i / |z_i|, p_k \rangle` is below 0. No labels are needed.

    Args:
        features (Tensor): Of the unlabelled training images, [N, D].
        prototypes (Tensor): [K, D].

    Returns:
        Tensor: [K, D], each row as it was or negated.

    Example:
        >>> import torch
        >>> from ltplug.ops import align_signs
        >>> align_signs(torch.ones(3, 2), torch.tensor([[-2.0, 1.0], [1.0, 0.0]]))
        tensor([[ 2., -1.],
                [ 1.,  0.]])
    """
    mean = F.normalize(features.double(), dim=1).mean(dim=0)
    return torch.where((prototypes.double() @ mean < 0)[:, None], -prototypes, prototypes)


@torch.no_grad()
def nearest_images(features: torch.Tensor, prototypes: torch.Tensor) -> torch.Tensor:
    """Return for every prototype the image with the largest cosine to it.

    FASSL's way to see what prototypes stand for (section 4.5). Several prototypes may have the same
    image; of equally near images the first is taken.

    Args:
        features (Tensor): Of the images, [N, D].
        prototypes (Tensor): [K, D].

    Returns:
        Tensor: Positions of the images, int64[K].

    Example:
        >>> import torch
        >>> from ltplug.ops import nearest_images
        >>> nearest_images(torch.eye(2), torch.tensor([[3.0, 1.0], [0.0, 2.0], [1.0, 1.5]]))
        tensor([0, 1, 1])
    """
    images = F.normalize(features, dim=1).T
    blocks = F.normalize(prototypes, dim=1).split(_PROTOTYPES_AT_ONCE)
    return torch.cat([(block @ images).max(dim=1).indices for block in blocks])
