"""Target distributions of contrastive learning: decoupled positives (DSCL) and distillation."""

import torch

EMPTY_POSITIVES = ('infonce', 'outside', 'skip', 'literal')


def decoupled_targets(own: torch.Tensor,
                      positives: torch.Tensor,
                      alpha: float | None,
                      empty_positive: str = 'infonce',
                      dtype: torch.dtype = torch.float32) -> torch.Tensor:
    r"""Return the distribution that DSCL wants an anchor's similarities to have.

    Xuan and Zhang, "Decoupled Contrastive Learning for Long-Tailed Recognition", 2024, eq. 8-9 as
    a target of eq. 3: the own key has :math:`\alpha`, each of the |P| others of the class has
    :math:`(1 - \alpha) / |P|`. This equals both readings of eq. 8, the weight before the logit and
    before the logarithm. With :math:`\alpha = 1 / (|P| + 1)` it is SCL's (eq. 1).

    Args:
        own (Tensor): Which candidate is the anchor's own key, one in a row, bool [A, K].
        positives (Tensor): The sets P, which do not hold the own key, bool [A, K].
        alpha (float, optional): Share of the own key, in [0, 1]. None gives SCL's.
        empty_positive (str): The row of an anchor with empty P: 'infonce' gives 1 to the own key,
            'outside' and 'literal' alpha, 'skip' nothing. Defaults to 'infonce'.
        dtype (torch.dtype): Of the result. Defaults to float32.

    Returns:
        Tensor: [A, K]; the rows sum to 1, but for empty P and another ``empty_positive``.

    Example:
        >>> import torch
        >>> from ltplug.ops import decoupled_targets
        >>> own = torch.tensor([[True, False, False, False]])
        >>> decoupled_targets(own, torch.tensor([[False, True, True, False]]), alpha=0.5)
        tensor([[0.5000, 0.2500, 0.2500, 0.0000]])
    """
    number = positives.sum(dim=1, keepdim=True, dtype=dtype)
    own_share = 1 / (number + 1) if alpha is None else torch.full_like(number, alpha)
    of_empty = {'infonce': 1.0, 'skip': 0.0}.get(empty_positive, own_share)
    others = (1 - own_share) / number.clamp(min=1) * positives
    return torch.where(number > 0, own_share, of_empty) * own + others


def soft_target_cross_entropy(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    r"""Return :math:`-\sum_k t_k \log p_k` with p the softmax of the logits.

    Args:
        logits (Tensor): [..., K].
        targets (Tensor): At least 0, [..., K].

    Returns:
        Tensor: [...], of the logits' type.
    """
    return -(targets * logits.log_softmax(dim=-1)).sum(dim=-1)


def gradient_ratio(probabilities: torch.Tensor, targets: torch.Tensor, own: torch.Tensor,
                   positives: torch.Tensor) -> torch.Tensor:
    r"""Return how hard an anchor is pulled to its own key, relative to the others of its class.

    DSCL, eq. 6 and 10 (its figure 2): the norm of the loss's gradient by the own key over the sum
    of the norms by every other positive,

    .. math:: \frac{|p_+ - t_+|}{\sum_{i \in P} |p_i - t_i|}

    where features of unit length and the temperature cancel. Early in training it is about
    :math:`1 / |P|` for SCL and :math:`\alpha / (1 - \alpha)` for DSCL.

    Args:
        probabilities (Tensor): Softmax over the candidates, [A, K].
        targets (Tensor): The loss's target distribution, [A, K].
        own (Tensor): Which candidate is the anchor's own key, bool [A, K].
        positives (Tensor): The sets P, bool [A, K].

    Returns:
        Tensor: [A]; NaN for an anchor with empty P.
    """
    pulls = (probabilities - targets).abs()
    ratio = (pulls * own).sum(dim=1) / (pulls * positives).sum(dim=1)
    return torch.where(positives.any(dim=1), ratio, float('nan'))


def distillation_terms(teacher_logits: torch.Tensor,
                       student_logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    r"""Return the cross-entropy of a student's distribution with a teacher's, and its floor.

    DSCL, eq. 14: :math:`-\sum_k p^c_k \log p^s_k`. The teacher gets no gradient. The smallest
    value is the teacher's entropy; what is above it is the Kullback-Leibler divergence.

    Args:
        teacher_logits (Tensor): [..., K].
        student_logits (Tensor): [..., K].

    Returns:
        tuple[Tensor, Tensor]: Cross-entropy and entropy of the teacher, [...] each.
    """
    with torch.no_grad():
        targets = teacher_logits.softmax(dim=-1)
        entropy = soft_target_cross_entropy(teacher_logits, targets)
    return soft_target_cross_entropy(student_logits, targets), entropy
