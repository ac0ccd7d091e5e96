"""Learning from labelled and pseudo-labelled images."""

import torch
from mmpretrain.models import ImageClassifier
from mmpretrain.structures import DataSample

from ltplug.models.utils import labeled_mask, weighted_head_loss
from ltplug.models.utils.batch import batch_labels
from ltplug.registry import MODELS


@MODELS.register_module()
class SelfTrainingClassifier(ImageClassifier):
    r"""A classifier that weighs pseudo-labelled images against labelled ones.

    Yang and Xu, "Rethinking the Value of Labels for Improving Class-Imbalanced Learning", 2020,
    section 2.2: :math:`L(D_L, \theta) + \omega L(D_U, \theta)`. The paper does not say how the
    terms are normalised; its code trains on both sets merged. So by default each pseudo-labelled
    image has the weight :math:`\omega` and each labelled one the weight 1 in one mean, and
    :math:`\omega = 1` is the code. With ``mean='separate'`` each term is the mean over its own
    images, which then count for less the larger the pool.

    Any head and loss of a plain classifier will do. The mark ``is_labeled`` on the data samples,
    which :class:`ltplug.PseudoLabeledDataset` sets, says who is who.

    Args:
        backbone (dict): The backbone.
        unlabeled_weight (float): :math:`\omega`. Defaults to 1.
        mean (str): 'joint' or 'separate'. Defaults to 'joint'.
        **kwargs: Other arguments of mmpretrain's ``ImageClassifier``, such as ``head``.

    Raises:
        ValueError: If an argument is out of range, or a batch augmentation would mix labelled and
            pseudo-labelled images.
    """

    def __init__(self,
                 backbone: dict,
                 unlabeled_weight: float = 1.0,
                 mean: str = 'joint',
                 **kwargs) -> None:
        if not unlabeled_weight >= 0:
            raise ValueError(f'unlabeled_weight must not be negative, got {unlabeled_weight}.')
        if mean not in ('joint', 'separate'):
            raise ValueError(f"mean must be 'joint' or 'separate', got {mean!r}.")
        super().__init__(backbone, **kwargs)
        refuse_batch_augments(self)
        self.unlabeled_weight = unlabeled_weight
        self.mean = mean

    def loss(self, inputs: torch.Tensor,
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch.

        Args:
            inputs (Tensor): Images, float32 [N, C, H, W].
            data_samples (list[DataSample]): N, with ``gt_label`` and ``is_labeled``.

        Returns:
            dict[str, Tensor]: ``loss``; for separate means ``labeled_loss`` and
            ``unlabeled_loss``, weighted.

        Raises:
            ValueError: If the samples have no marks.
        """
        scores = self.head(self.extract_feat(inputs))
        labels = batch_labels(data_samples)
        labeled = labeled_mask(data_samples, scores.device).float()
        omega = self.unlabeled_weight
        if self.mean == 'joint':
            weight = labeled + omega * (1 - labeled)
            return {'loss': weighted_head_loss(self.head, scores, labels, weight)}
        return {
            'labeled_loss': weighted_head_loss(self.head, scores, labels, labeled),
            'unlabeled_loss': omega * weighted_head_loss(self.head, scores, labels, 1 - labeled),
        }


def refuse_batch_augments(model: ImageClassifier) -> None:
    """Refuse augmentations that mix the images of a batch.

    Args:
        model (ImageClassifier): A model that treats labelled and other images apart.

    Raises:
        ValueError: If there are any.
    """
    if getattr(model.data_preprocessor, 'batch_augments', None) is not None:
        raise ValueError(f'{type(model).__name__} treats labelled and other images apart, but '
                         'batch augments would mix them: leave out augments of train_cfg.')
