"""Class-balanced and uniform sampling in one training, with rotation prediction."""

import copy
from collections.abc import Sequence

import torch
from mmpretrain.models import ImageClassifier
from mmpretrain.structures import DataSample

from ltplug.datasets.samplers.dual_branch_batch_sampler import BALANCED, UNIFORM
from ltplug.models.utils import draw_jointly, pretext_loss
from ltplug.models.utils.batch import as_sample_list
from ltplug.ops import balanced_quarter_turns, rotate_quarter_turns
from ltplug.ops.transfer import moved_to
from ltplug.registry import MODELS

from .rotation_predictor import ANGLES, build_rotation_head

Features = tuple[torch.Tensor, ...]


@MODELS.register_module()
class DualBranchClassifier(ImageClassifier):
    r"""CBS+RRS, and with a rotation head CBS+RRS+SS.

    Zhang et al., "To Balance or Not to Balance", 2019, eq. 2 and Algorithm 1. Backbone and neck
    are shared by three classifiers:

    .. math::
        L = \lambda_1 L_{CBS}(h) + \lambda_2 L_{RRS}(h_a) + \lambda_3 L_{SS}(h_s)

    ``head`` (h) is trained on the class-balanced samples of a batch, ``uniform_head`` (h_a) on the
    uniform ones, and ``rotation_head`` (h_s) tells by which of four angles the images of a rotated
    copy of the whole batch were turned. Each term is the mean over its own samples, whose number
    losses of ltplug, and the rotation term with any loss, average over ranks. The mark
    ``branch`` on the data samples, which :class:`ltplug.DualBranchBatchSampler` sets, says who
    belongs where. Prediction uses backbone, neck and ``head`` alone.

    The angles are drawn for the global batch, balanced up to one in each of its halves; so ranks
    together use those that one process would use. The paper leaves open whether the rotated copy
    shares the forward pass of the batch (and so the statistics of batch norm), and speaks of one
    random angle per image in section 3.3 and of four versions in section 4.5: both are options.

    In a config::

        model = dict(
            type='ltplug.DualBranchClassifier',
            rotation_head=dict(type='LinearClsHead', num_classes=4, in_channels=512))
        train_dataloader = dict(
            batch_size=256,
            batch_sampler=dict(type='ltplug.DualBranchBatchSampler'))

    Args:
        backbone (dict): The backbone.
        head (dict): The classifier h that is kept.
        uniform_head (dict, optional): The classifier h_a. Defaults to another one like ``head``.
        rotation_head (dict, optional): The classifier h_s of four classes. Defaults to None: no
            rotations.
        balanced_weight (float): :math:`\lambda_1`. Defaults to 0.5.
        uniform_weight (float): :math:`\lambda_2`. Defaults to 1.
        rotation_weight (float): :math:`\lambda_3`. Defaults to 1.
        rotation_augmentation (bool): Whether h and h_a are trained on the rotated copy too, with
            the labels of the images: the ablation that has the inputs of rotation prediction
            without its task. Defaults to False.
        all_angles (bool): Whether the rotated copy has every image at all four angles instead of
            one at random. Defaults to False.
        joint_forward (bool): Whether images and rotated copy share one forward pass. Defaults to
            True.
        **kwargs: Other arguments of mmpretrain's ``ImageClassifier``, such as ``neck``.

    Raises:
        ValueError: If a weight is negative, the rotation head has not four classes, rotations
            would be both task and augmentation, an option of rotations comes without them, or a
            batch augmentation would mix samples of both branches.
    """

    def __init__(self,
                 backbone: dict,
                 head: dict,
                 uniform_head: dict | None = None,
                 rotation_head: dict | None = None,
                 balanced_weight: float = 0.5,
                 uniform_weight: float = 1.0,
                 rotation_weight: float = 1.0,
                 rotation_augmentation: bool = False,
                 all_angles: bool = False,
                 joint_forward: bool = True,
                 **kwargs) -> None:
        weights = dict(balanced_weight=balanced_weight, uniform_weight=uniform_weight,
                       rotation_weight=rotation_weight)
        for argument, weight in weights.items():
            if not weight >= 0:
                raise ValueError(f'{argument} must not be negative, got {weight}.')
        if rotation_head is not None and rotation_augmentation:
            raise ValueError('Rotations are either a task or an augmentation: leave out '
                             'rotation_head or rotation_augmentation.')
        rotates = rotation_head is not None or rotation_augmentation
        if not rotates and (all_angles or not joint_forward):
            raise ValueError('all_angles and joint_forward say how images are rotated, but nothing '
                             'rotates them: add rotation_head or rotation_augmentation=True.')
        uniform_head = copy.deepcopy(head) if uniform_head is None else uniform_head
        super().__init__(backbone, head=head, **kwargs)
        if getattr(self.data_preprocessor, 'batch_augments', None) is not None:
            raise ValueError('DualBranchClassifier trains class-balanced and uniform samples '
                             'apart, but batch augments would mix them: leave out augments of '
                             'train_cfg.')
        self.uniform_head = MODELS.build(uniform_head)
        self.rotation_head = None if rotation_head is None else build_rotation_head(rotation_head)
        self.balanced_weight = balanced_weight
        self.uniform_weight = uniform_weight
        self.rotation_weight = rotation_weight
        self.rotation_augmentation = rotation_augmentation
        self.all_angles = all_angles
        self.joint_forward = joint_forward

    def loss(self, inputs: torch.Tensor,
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the weighted terms of the loss.

        Args:
            inputs (Tensor): Images, float32 [N, C, H, W]; square ones for rotations.
            data_samples (list[DataSample]): N, with ``branch`` and ``gt_label``.

        Returns:
            dict[str, Tensor]: ``balanced_loss``, ``uniform_loss``, where there are rotations to
            tell ``rotation_loss``; and what else the heads report, such as an accuracy.

        Raises:
            ValueError: If the samples have no marks, a branch has none, or the images are not
                square.
        """
        branches = self._members(data_samples)
        if self.rotation_head is None and not self.rotation_augmentation:
            feats = self.extract_feat(inputs)
            return self._class_losses(feats, data_samples, branches)
        turns = self._draw_turns(len(inputs), branches, inputs.device)
        copies = ANGLES if self.all_angles else 1
        rotated = rotate_quarter_turns(inputs.repeat(copies, 1, 1, 1), turns)
        feats, rotated_feats = self._extract(inputs, rotated)
        if self.rotation_head is not None:
            losses = self._class_losses(feats, data_samples, branches)
            term, _ = pretext_loss(self.rotation_head, rotated_feats, turns)
            losses['rotation_loss'] = term * self.rotation_weight
            return losses
        feats = tuple(map(torch.cat, zip(feats, rotated_feats, strict=True)))
        versions = copies + 1
        branches = {name: [index + version * len(inputs) for version in range(versions)
                           for index in members] for name, members in branches.items()}
        return self._class_losses(feats, [*data_samples] * versions, branches)

    @staticmethod
    def _members(data_samples: Sequence[DataSample]) -> dict[str, list[int]]:
        """Return the positions of the samples of each branch."""
        marks = as_sample_list(data_samples).marks('branch') or [None] * len(data_samples)
        members = {name: [index for index, mark in enumerate(marks) if mark == name]
                   for name in (BALANCED, UNIFORM)}
        if sum(map(len, members.values())) != len(marks) or not all(members.values()):
            raise ValueError(
                f'DualBranchClassifier needs samples marked {BALANCED!r} and {UNIFORM!r}, got '
                f'{", ".join(sorted(map(repr, set(marks))))}: train with batch_sampler=dict('
                "type='ltplug.DualBranchBatchSampler').")
        return members

    def _draw_turns(self, num_images: int, branches: dict[str, list[int]],
                    device: torch.device) -> torch.Tensor:
        """Return the quarter turns of the rotated copy, int64[N], or [4 N] for all angles."""
        if self.all_angles:
            return torch.arange(ANGLES, device=device).repeat_interleave(num_images)
        turns = torch.empty(num_images, dtype=torch.long, device=device)
        for members in branches.values():
            places = moved_to(torch.tensor(members), device)
            turns[places] = draw_jointly(
                turns[places], lambda number: balanced_quarter_turns(number, device))
        return turns

    def _extract(self, inputs: torch.Tensor, rotated: torch.Tensor) -> tuple[Features, Features]:
        """Return the features of the images and of their rotated copy."""
        if not self.joint_forward:
            return self.extract_feat(inputs), self.extract_feat(rotated)
        feats = self.extract_feat(torch.cat([inputs, rotated]))
        return (tuple(stage[:len(inputs)] for stage in feats),
                tuple(stage[len(inputs):] for stage in feats))

    def _class_losses(self, feats: Features, data_samples: Sequence[DataSample],
                      branches: dict[str, list[int]]) -> dict[str, torch.Tensor]:
        losses = {}
        for name, head, weight in ((BALANCED, self.head, self.balanced_weight),
                                   (UNIFORM, self.uniform_head, self.uniform_weight)):
            members = branches[name]
            places = moved_to(torch.tensor(members), feats[-1].device)
            terms = head.loss(tuple(stage[places] for stage in feats),
                              [data_samples[index] for index in members])
            for key, value in terms.items():
                losses[f'{name}_{key}'] = value * weight if 'loss' in key else value
        return losses
