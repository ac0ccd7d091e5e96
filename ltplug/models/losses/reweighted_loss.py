"""Cross-entropy with class weights."""

from collections.abc import Sequence

from ltplug.registry import MODELS

from .class_count_loss import ClassCountLoss


@MODELS.register_module()
class ReweightedCrossEntropyLoss(ClassCountLoss):
    """Softmax cross-entropy, each class weighted by how many training images it has.

    With ``scheme='effective'`` this is the class-balanced softmax loss of Cui et al., "Class-
    Balanced Loss Based on Effective Number of Samples", 2019; with ``scheme='none'`` plain
    cross-entropy, whose weights ``DeferredReweightingHook`` can switch on later.

    Args:
        scheme (str): 'none', 'effective', 'inverse' or 'sqrt'. Defaults to 'effective'.
        beta (float): Of the effective number. Defaults to 0.9999.
        normalizer (str): 'weights' (divide by the sum of the batch's weights) or 'batch'.
            Defaults to 'weights'.
        class_counts (Sequence[int], optional): Training images per class. Defaults to those of
            the training dataset.
        loss_weight (float): Factor of the result. Defaults to 1.

    Example:
        >>> import torch
        >>> from ltplug.models import ReweightedCrossEntropyLoss
        >>> loss = ReweightedCrossEntropyLoss(class_counts=[100, 10])
        >>> loss(torch.zeros(2, 2), torch.tensor([0, 1]))
        tensor(0.6931)
    """

    def __init__(self,
                 scheme: str = 'effective',
                 beta: float = 0.9999,
                 normalizer: str = 'weights',
                 class_counts: Sequence[int] | None = None,
                 loss_weight: float = 1.0) -> None:
        super().__init__(scheme, beta, normalizer, class_counts, loss_weight)
