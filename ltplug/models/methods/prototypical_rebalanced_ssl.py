"""Self-supervised learning re-balanced by prototypes (FASSL, stage 2)."""

from collections.abc import Sequence

import torch
from mmengine.logging import MessageHub
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.models.utils import ClassAverages, MomentumTeacher
from ltplug.models.utils.batch import as_sample_list, check_views
from ltplug.ops.transfer import moved_to
from ltplug.registry import MODELS
from ltplug.utils import gather_rows

from .self_supervisor import SelfSupervisor


@MODELS.register_module()
class PrototypicalRebalancedSSL(SelfSupervisor):
    r"""A student that follows its moving average, most where images are far from all prototypes.

    Lin et al., "Frequency-Aware Self-Supervised Long-Tailed Learning", 2023, eq. 3 and 4. Student
    and teacher start from stage 1 (``load_from`` of a :class:`PrototypeLearner` with
    ``parts=dict(backbone='backbone', prototypes='prototypes')``); the student has an MLP on top,
    the prototypes stay as they are. ``MomentumTeacherHook`` starts the teacher and moves it after
    each step. The result is the backbone of the student.

    Both views are seen by both networks, and the two terms are averaged as in BYOL;
    ``symmetric=False`` is eq. 3 as printed, the student on the second view and the teacher on the
    first.

    Where the training data have labels (``ClassCountsHook`` tells), they are used only for the
    log: ``phi_rank_correlation`` is the rank correlation of a class's mean weight in the epoch so
    far with its number of images. Negative means that rare classes weigh more, as intended;
    positive that the signs of the prototypes work the wrong way (:func:`ltplug.ops.align_signs`).

    Args:
        backbone (dict): Its last feature map or vector is used.
        predictor (dict): The MLP of the student, such as mmpretrain's ``NonLinearNeck`` with
            ``with_avg_pool=False``, from D to D channels.
        feat_dim (int): Dimension D of the features.
        num_prototypes (int): K. Defaults to 128.
        neck (dict, optional): Makes features of the backbone's output, in both networks. Defaults
            to mmpretrain's ``GlobalAveragePooling``.
        loss (dict, optional): Defaults to ``dict(type='ltplug.RebalancedConsistencyLoss')``;
            ``phi='uniform'`` is the control without re-balancing.
        decay (float): :math:`\tau` of the teacher, in [0, 1]. Defaults to 0.99.
        symmetric (bool): Whether both views play both roles. Defaults to True.
        data_preprocessor (dict, optional): Defaults to ``SelfSupDataPreprocessor``.
        init_cfg (dict or list[dict], optional): How to initialise weights.

    Raises:
        ValueError: If the decay is out of range.
    """

    needs_class_counts = False
    """Counts serve the log only, and unlabelled data have none."""

    def __init__(self,
                 backbone: dict,
                 predictor: dict,
                 feat_dim: int,
                 num_prototypes: int = 128,
                 neck: dict | None = None,
                 loss: dict | None = None,
                 decay: float = 0.99,
                 symmetric: bool = True,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(backbone, neck or dict(type='GlobalAveragePooling'),
                         data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.predictor = MODELS.build(predictor)
        self.prototypes = nn.Linear(feat_dim, num_prototypes, bias=False).requires_grad_(False)
        self.loss_module = MODELS.build(loss or dict(type='ltplug.RebalancedConsistencyLoss'))
        self.symmetric = symmetric
        self.teacher = MomentumTeacher(self.student(), decay)
        self._phi: ClassAverages | None = None

    def student(self) -> nn.Module:
        """Return the part of the student that the teacher follows.

        Returns:
            nn.Module: Backbone and neck.
        """
        return nn.Sequential(self.backbone, self.neck)

    def loss(self, inputs: list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch.

        Args:
            inputs (list[Tensor]): Two views, each [N, C, H, W].
            data_samples (list[DataSample]): Labels are used for the log only.

        Returns:
            dict[str, Tensor]: ``loss``, and ``phi_rank_correlation`` where there are labels.

        Raises:
            ValueError: If the teacher has not been started.
        """
        check_views(inputs, 2)
        self.teacher.check_started(self)
        first, second = inputs
        roles = [(second, first), (first, second)] if self.symmetric else [(second, first)]
        losses, phi = [], []
        for seen_by_student, seen_by_teacher in roles:
            prediction = self.predictor((self.project(seen_by_student), ))[-1]
            target = self.teacher(seen_by_teacher)[-1]
            weights, start = self.loss_module.joint_weights(target, self.prototypes.weight)
            own = weights[start:start + len(target)]
            losses.append(self.loss_module.consistency(prediction, target, own))
            phi.append(weights)
        results = {'loss': torch.stack(losses).mean()}
        if self._phi is not None and data_samples:
            self._watch(self._phi, phi, data_samples)
            results['phi_rank_correlation'] = self._phi.correlation_with_frequency()
        return results

    def set_class_counts(self, counts: Sequence[int]) -> None:
        """Learn that there are labels, and of how many classes.

        Args:
            counts (Sequence[int]): Training images of each class, [C].
        """
        self._phi = ClassAverages(len(counts))

    @staticmethod
    def _watch(averages: ClassAverages, phi: list[torch.Tensor],
               data_samples: Sequence[DataSample]) -> None:
        """Average the weights [images of all ranks] of every direction and labelled class."""
        # every rank takes part in the gathering, whether its images have labels or not
        (labels, ), _ = gather_rows(_labels_or_unknown(data_samples, phi[0].device))
        epoch = MessageHub.get_current_instance().get_info('epoch')
        for weights in phi:
            averages.add(weights, labels, epoch)


def _labels_or_unknown(data_samples: Sequence[DataSample], device: torch.device) -> torch.Tensor:
    samples = as_sample_list(data_samples)
    if samples.is_columns:
        labels = samples.tensors('gt_label')
        return torch.full((len(samples), ), -1, device=device) if labels is None else labels
    unknown = torch.full((1, ), -1)
    labels = [sample.get('gt_label', unknown) for sample in samples]
    return torch.cat([moved_to(label, device) for label in labels])
