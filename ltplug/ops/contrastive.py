"""Supervised contrastive losses per anchor, from similarities and sets of positives."""

import torch

_MASK_34, _MASK_37, _MASK_33 = (1 << 34) - 1, (1 << 37) - 1, (1 << 33) - 1


def full_precision(values: torch.Tensor) -> torch.Tensor:
    """Return values in float32; float64 stays.

    Args:
        values (Tensor): Of any floating type.

    Returns:
        Tensor: The same values.
    """
    return values if values.dtype == torch.float64 else values.float()


def similarities(anchors: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Return the inner products of anchors with others, in float32 also under autocast.

    Args:
        anchors (Tensor): [..., D].
        others (Tensor): [K, D].

    Returns:
        Tensor: [..., K], float64 where the anchors are, else float32.
    """
    anchors = full_precision(anchors)
    with torch.autocast(anchors.device.type, enabled=False):
        return anchors @ others.to(anchors.dtype).T


def key_and_queue_similarities(anchors: torch.Tensor, keys: torch.Tensor,
                               queue: torch.Tensor) -> torch.Tensor:
    """Return the inner products of anchors with their own key, then with a queue.

    Args:
        anchors (Tensor): [..., D].
        keys (Tensor): The key of each anchor, [..., D] or broadcast to it.
        queue (Tensor): [Q, D].

    Returns:
        Tensor: [..., 1 + Q], float64 where the anchors are, else float32.
    """
    own = (full_precision(anchors) * full_precision(keys)).sum(dim=-1, keepdim=True)
    return torch.cat([own, similarities(anchors, queue)], dim=-1)


def mean_positive_loss(logits: torch.Tensor, positives: torch.Tensor,
                       contrast: torch.Tensor | None = None) -> torch.Tensor:
    r"""Return the supervised contrastive loss of every anchor.

    .. math:: l_s = -\frac{1}{|P|} \sum_{p \in P} \log \frac{\exp z_p}{\sum_{a \in V} \exp z_a}

    (Khosla et al., "Supervised Contrastive Learning", 2020, eq. 2; SBCL, Hou et al. 2023, eq. 1.)
    What is left out of V is removed before the log-sum-exp, so no temperature makes it overflow.

    Args:
        logits (Tensor): Similarities over temperature z, float [A, K].
        positives (Tensor): The sets P, subsets of V, bool [A, K].
        contrast (Tensor, optional): The sets V, bool [A, K]. Defaults to everything.

    Returns:
        Tensor: float [A]; 0 for an anchor without positives.

    Example:
        >>> import torch
        >>> from ltplug.ops import mean_positive_loss
        >>> mean_positive_loss(torch.zeros(1, 4), torch.tensor([[True, True, False, False]]))
        tensor([1.3863])
    """
    number = positives.sum(dim=1)
    if contrast is not None:
        # A row without contrast keeps all: an empty log-sum-exp has no gradient.
        left_out = ~contrast & contrast.any(dim=1, keepdim=True)
        log_sum = logits.masked_fill(left_out, float('-inf')).logsumexp(dim=1)
    else:
        log_sum = logits.logsumexp(dim=1)
    mean = logits.masked_fill(~positives, 0).sum(dim=1) / number.clamp(min=1)
    return torch.where(number > 0, log_sum - mean, 0)


def pick_positives(candidates: torch.Tensor, k: int, seed: int, first_row: int = 0) -> torch.Tensor:
    """Pick k candidates of every row at random, without replacement; all where there are no more.

    Which ones is a pure function of (seed, row, column), so that a process that holds some of the
    rows picks what a process with all of them would.

    Args:
        candidates (Tensor): bool [A, K].
        k (int): How many at most.
        seed (int): Of the draw.
        first_row (int): The number of the first row in the joint batch. Defaults to 0.

    Returns:
        Tensor: The picked ones, bool [A, K].
    """
    if candidates.device.type != 'cpu':
        return _pick_densely(candidates, k, seed, first_row)
    rows, columns = candidates.nonzero(as_tuple=True)
    scores = _hash_pairs(rows + first_row, columns, seed)
    order = scores.argsort()
    order = order[rows[order].argsort(stable=True)]
    number = candidates.sum(dim=1)
    starts = number.cumsum(dim=0) - number
    place = torch.arange(len(rows), device=rows.device) - starts[rows]
    chosen = order[place < k]  # rows are sorted: place p of a row holds its p-th smallest score
    picked = torch.zeros_like(candidates)
    picked[rows[chosen], columns[chosen]] = True
    return picked


def _pick_densely(candidates: torch.Tensor, k: int, seed: int, first_row: int) -> torch.Tensor:
    """Pick the same with a score for every pair, in steps of fixed size: a GPU need not wait."""
    rows, columns = (torch.arange(length, device=candidates.device) for length in candidates.shape)
    scores = _hash_pairs(rows[:, None] + first_row, columns, seed)
    scores.masked_fill_(~candidates, torch.iinfo(torch.int64).max)
    smallest = scores.topk(min(k, len(columns)), dim=1, largest=False).indices
    return torch.zeros_like(candidates).scatter_(1, smallest, True) & candidates


def _hash_pairs(rows: torch.Tensor, columns: torch.Tensor, seed: int) -> torch.Tensor:
    """Return a random int64 for every (seed, row, column)."""
    start = torch.full((), seed, dtype=torch.int64, device=rows.device)
    return _mix(columns ^ _mix(rows ^ _mix(start)))


def _mix(value: torch.Tensor) -> torch.Tensor:
    """Mix 64 bits like splitmix64 (Steele et al., 2014); int64 wraps around, >> keeps the sign."""
    value = value + -0x61C8864680B583EB
    value = (value ^ ((value >> 30) & _MASK_34)) * -0x40A7B892E31B1A47
    value = (value ^ ((value >> 27) & _MASK_37)) * -0x6B2FB644ECCEEE15
    return value ^ ((value >> 31) & _MASK_33)


def bi_granularity_terms(similarity: torch.Tensor,
                         own_views: torch.Tensor,
                         same_class: torch.Tensor,
                         same_cluster: torch.Tensor,
                         temperature: float,
                         coarse_temperature: torch.Tensor,
                         contrast: torch.Tensor | None = None,
                         own_view_in_coarse: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
    r"""Return the two terms of SBCL's bi-granularity loss for every anchor.

    Hou et al., "Subclass-balancing Contrastive Learning for Long-tailed Recognition", 2023, eq. 4.
    M are the own views and the vectors of the anchor's cluster, P those of its class, V all:

    .. math::
        fine = \frac{-1}{|M|} \sum_{p \in M} \log \frac{\exp(s p / \tau_1)}
            {\sum_{a \in V} \exp(s a / \tau_1)}, \quad
        coarse = \frac{-1}{|P \setminus M|} \sum_{p \in P \setminus M} \log
            \frac{\exp(s p / \tau_2)}{\sum_{a \in V \setminus M} \exp(s a / \tau_2)}

    Args:
        similarity (Tensor): Inner products, float [A, K].
        own_views (Tensor): Which are other views of the anchor's image, bool [A, K].
        same_class (Tensor): Which have the anchor's class, own views included, bool [A, K].
        same_cluster (Tensor): Which have the anchor's class and cluster, bool [A, K].
        temperature (float): :math:`\tau_1`.
        coarse_temperature (Tensor): :math:`\tau_2` of the anchor's class, float [A].
        contrast (Tensor, optional): The sets V, bool [A, K]; the anchor itself is left out.
            Defaults to everything.
        own_view_in_coarse (bool): Whether own views count as coarse positives and stay in the
            coarse denominator, as in the released code. Defaults to False.

    Returns:
        tuple[Tensor, Tensor]: fine and coarse, each float [A]; 0 where there is no positive.
    """
    if contrast is None:
        contrast = torch.ones_like(same_class)
    fine_set = (own_views | same_cluster) & contrast
    fine = mean_positive_loss(similarity / temperature, fine_set, contrast)
    removed = fine_set & ~own_views if own_view_in_coarse else fine_set
    rest = contrast & ~removed
    logits = similarity / coarse_temperature.to(similarity.dtype)[:, None]
    return fine, mean_positive_loss(logits, same_class & rest, rest)
