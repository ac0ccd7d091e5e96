"""Classifiers that learn from unlabelled images by the consistency of their predictions."""

from abc import abstractmethod

import torch
from mmpretrain.models import ImageClassifier
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.models.utils import (
    MomentumTeacher,
    head_logits,
    labeled_mask,
    normal_jointly,
    running_statistics_kept,
    weighted_head_loss,
)
from ltplug.models.utils.batch import batch_labels, check_views
from ltplug.ops import adversarial_perturbation, prediction_distance, prediction_divergence
from ltplug.registry import MODELS
from ltplug.utils import mean_over_ranks

from .self_training import refuse_batch_augments


class ConsistencyClassifier(ImageClassifier):
    """Base of classifiers with a term that needs no labels.

    The loss is that of the head on the labelled images, plus ``unlabeled_weight`` times the mean
    of :meth:`consistency` over all images, labelled or not. ``ConsistencyRampUpHook`` lets the
    second term begin small.

    Args:
        backbone (dict): The backbone.
        unlabeled_weight (float): Factor of the consistency term.
        **kwargs: Other arguments of mmpretrain's ``ImageClassifier``, such as ``head``.

    Raises:
        ValueError: If the weight is negative, or a batch augmentation would mix labelled and
            unlabelled images.
    """

    def __init__(self, backbone: dict, unlabeled_weight: float, **kwargs) -> None:
        if not unlabeled_weight >= 0:
            raise ValueError(f'unlabeled_weight must not be negative, got {unlabeled_weight}.')
        super().__init__(backbone, **kwargs)
        refuse_batch_augments(self)
        self.unlabeled_weight = unlabeled_weight
        self.consistency_scale = 1.0

    @abstractmethod
    def consistency(self, inputs: torch.Tensor | list[torch.Tensor],
                    logits: torch.Tensor) -> torch.Tensor:
        """Return how inconsistent the predictions of every image are.

        Args:
            inputs (Tensor or list[Tensor]): Images [N, C, H, W], or views of them.
            logits (Tensor): Logits of the images, or of the first view, [N, C].

        Returns:
            Tensor: [N].
        """

    def scores(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the head gives for images, [N, C]."""
        return self.head(self.extract_feat(images))

    def logits(self, scores: torch.Tensor) -> torch.Tensor:
        """Return scores times the scale that the loss of a cosine classifier applies, [N, C]."""
        return scores.float() * getattr(self.head.loss_module, 'scale', 1.0)

    def loss(self, inputs: torch.Tensor | list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch.

        Args:
            inputs (Tensor or list[Tensor]): Images [N, C, H, W], or views of them.
            data_samples (list[DataSample]): N, with ``is_labeled`` and ``gt_label``; the label of
                an image that is not labelled is not used.

        Returns:
            dict[str, Tensor]: ``labeled_loss`` and ``consistency_loss``, weighted.

        Raises:
            ValueError: If the samples have no marks.
        """
        scores = self.scores(inputs[0] if isinstance(inputs, list) else inputs)
        labeled = labeled_mask(data_samples, scores.device).float()
        consistency = mean_over_ranks(self.consistency(inputs, self.logits(scores)))
        return {
            'labeled_loss': weighted_head_loss(self.head, scores, batch_labels(data_samples),
                                               labeled),
            'consistency_loss': self.unlabeled_weight * self.consistency_scale * consistency,
        }


@MODELS.register_module()
class VATClassifier(ConsistencyClassifier):
    """Virtual adversarial training.

    Miyato et al., "Virtual Adversarial Training: A Regularization Method for Supervised and Semi-
    Supervised Learning", 2018: predictions must not change under the small perturbation that
    changes them most, :func:`ltplug.ops.adversarial_perturbation`. The passes with perturbed
    images use the batch norm statistics of their own batch and leave the running ones alone.

    Args:
        backbone (dict): The backbone.
        epsilon (float): Length of a perturbation of a normalised image in the L2 norm. Defaults
            to 6, of Oliver et al. (2018) on CIFAR-10.
        xi (float): Step at which its direction is found. Defaults to 0.01.
        num_iterations (int): Power iterations. Defaults to 1.
        unlabeled_weight (float): Factor of the consistency term. Defaults to 0.3.
        **kwargs: Other arguments of mmpretrain's ``ImageClassifier``, such as ``head``.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self,
                 backbone: dict,
                 epsilon: float = 6.0,
                 xi: float = 0.01,
                 num_iterations: int = 1,
                 unlabeled_weight: float = 0.3,
                 **kwargs) -> None:
        if not (epsilon > 0 and xi > 0 and num_iterations >= 1):
            raise ValueError('epsilon and xi must be positive and num_iterations at least 1, got '
                             f'{epsilon}, {xi} and {num_iterations}.')
        super().__init__(backbone, unlabeled_weight, **kwargs)
        self.epsilon = epsilon
        self.xi = xi
        self.num_iterations = num_iterations

    def consistency(self, inputs: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
        """Return the divergence between images and perturbed ones, [N]."""
        def classify(images: torch.Tensor) -> torch.Tensor:
            return self.logits(self.scores(images))

        start = normal_jointly(inputs)
        with running_statistics_kept(self):
            perturbation = adversarial_perturbation(classify, inputs, logits, self.epsilon, self.xi,
                                                    self.num_iterations, start=start)
            return prediction_divergence(classify(inputs + perturbation), logits)


@MODELS.register_module()
class MeanTeacherClassifier(ConsistencyClassifier):
    """Mean teacher: predictions follow those of an average of the network's past weights.

    Tarvainen and Valpola, "Mean teachers are better role models", 2017. The network sees one view
    of an image, its average another; ``MomentumTeacherHook`` moves the average, which predicts at
    test time. The pipeline gives two views, and the data preprocessor is a
    :class:`MultiViewDataPreprocessor`.

    Args:
        backbone (dict): The backbone.
        decay (float): Of the average, in [0, 1]. Defaults to 0.95, of Oliver et al. (2018).
        unlabeled_weight (float): Factor of the consistency term. Defaults to 8, of the same.
        **kwargs: Other arguments of mmpretrain's ``ImageClassifier``, such as ``head``.
    """

    def __init__(self,
                 backbone: dict,
                 decay: float = 0.95,
                 unlabeled_weight: float = 8.0,
                 **kwargs) -> None:
        super().__init__(backbone, unlabeled_weight, **kwargs)
        self.teacher = MomentumTeacher(self.student(), decay)

    def student(self) -> nn.Module:
        """Return the network that the teacher follows: backbone, neck and head."""
        return nn.Sequential(*filter(None, (self.backbone, self.neck, self.head)))

    def consistency(self, inputs: list[torch.Tensor], logits: torch.Tensor) -> torch.Tensor:
        """Return the distance to the teacher's prediction of the second view, [N].

        Raises:
            ValueError: If there are not two views, or the teacher has not been started.
        """
        check_views(inputs, 2)
        self.teacher.check_started(self)
        with running_statistics_kept(self.teacher):
            target = self.logits(self.teacher(inputs[1]))
        return prediction_distance(logits, target)

    def prediction_logits(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the teacher's logits of images [N, C, H, W]; their softmax are the scores."""
        head = self.teacher.module[-1]
        return head_logits(head, head(self._teacher_feats(inputs)))

    def predict(self, inputs: torch.Tensor, data_samples: list[DataSample] | None = None,
                **kwargs) -> list[DataSample]:
        """Predict classes by the teacher.

        Args:
            inputs (Tensor): Images, [N, C, H, W].
            data_samples (list[DataSample], optional): Where the predictions are written.
            **kwargs: Of the head's ``predict``.

        Returns:
            list[DataSample]: N, with ``pred_label`` and ``pred_score``.
        """
        head = self.teacher.module[-1]
        return head.predict(self._teacher_feats(inputs), data_samples, **kwargs)

    def _teacher_feats(self, inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        feats = inputs
        for layer in self.teacher.module[:-1]:
            feats = layer(feats)
        return feats
