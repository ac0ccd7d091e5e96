"""The weighted nearest-neighbour classifier."""

import torch


def knn_classify(bank: torch.Tensor,
                 bank_labels: torch.Tensor,
                 query: torch.Tensor,
                 k: int = 200,
                 temperature: float = 0.07,
                 block_size: int = 256) -> torch.Tensor:
    r"""Classify by the votes of the k nearest neighbours.

    From Wu et al., "Unsupervised Feature Learning via Non-Parametric Instance Discrimination",
    2018, section 3.4: a neighbour votes for its class with weight :math:`\exp(\cos / T)`. Exact,
    and the same in every run: of equally near neighbours those that stand first in the bank are
    taken, of equal votes the smallest label.

    Args:
        bank (Tensor): Features of unit length, float32[N, D].
        bank_labels (Tensor): Their labels, int64[N].
        query (Tensor): Features of unit length to classify, float32[M, D].
        k (int): Number of neighbours, at most N. Defaults to 200.
        temperature (float): T. Defaults to 0.07.
        block_size (int): Queries that are compared with the bank at a time. Defaults to 256.

    Returns:
        Tensor: Predicted labels, int64[M], on the CPU.

    Raises:
        ValueError: If k or the temperature is out of range, the numbers of features and labels
            differ, or a feature is not finite.
    """
    if not 1 <= k <= len(bank):
        raise ValueError(f'k must lie between 1 and the {len(bank)} features of the bank, got '
                         f'{k}.')
    if temperature <= 0:
        raise ValueError(f'temperature must be positive, got {temperature}.')
    if len(bank) != len(bank_labels):
        raise ValueError(f'The bank has {len(bank)} features but {len(bank_labels)} labels.')
    num_classes = int(bank_labels.max()) + 1
    predicted = []
    for block in query.split(block_size):
        cosines = block @ bank.T
        if not cosines.isfinite().all():
            raise ValueError('Some features are not finite, so they have no neighbours: lower the '
                             'learning rate.')
        neighbours = _nearest(cosines, k)
        # From the nearest on, so that classes with equal votes have equal sums; on the CPU, where
        # sums have an order.
        cosines, order = cosines.gather(1, neighbours).cpu().sort(descending=True, stable=True)
        labels = bank_labels[neighbours].cpu().gather(1, order)
        # A common factor changes no ranking; this one keeps the largest weight at 1.
        weights = torch.exp((cosines - cosines[:, :1]).double() / temperature)
        votes = weights.new_zeros(len(block), num_classes).scatter_add_(1, labels, weights)
        predicted.append(torch.from_numpy(votes.numpy().argmax(1)))  # the first of equal maxima
    return torch.cat(predicted)


def _nearest(cosines: torch.Tensor, k: int) -> torch.Tensor:
    """Return the columns of the k largest entries of each row, ascending, int64[M, k].

    Of equal entries the first are taken; ``topk`` takes any.
    """
    smallest = cosines.topk(k).values[:, -1:]
    is_taken = cosines >= smallest
    if int(is_taken.sum()) > k * len(cosines):
        is_tied = cosines == smallest
        room = k - (cosines > smallest).sum(1, keepdim=True)
        is_taken &= ~is_tied | (is_tied.cumsum(1) <= room)
    return is_taken.nonzero()[:, 1].view(len(cosines), k)
