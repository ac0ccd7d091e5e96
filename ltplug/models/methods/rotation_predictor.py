"""Predicting by which angle an image was turned."""

import torch
from mmpretrain.structures import DataSample

from ltplug.models.utils import draw_jointly, pretext_loss
from ltplug.ops import balanced_quarter_turns, rotate_quarter_turns
from ltplug.registry import MODELS

from .self_supervisor import SelfSupervisor, check_single_images

ANGLES = 4


@MODELS.register_module()
class RotationPredictor(SelfSupervisor):
    """Rotation prediction: a classifier tells by how many quarter turns every image was turned.

    Gidaris et al., "Unsupervised Representation Learning by Predicting Image Rotations", 2018. As
    the pre-training of Yang and Xu, "Rethinking the Value of Labels for Improving Class-Imbalanced
    Learning", 2020 (SSP), every image is turned by one angle, and every angle comes as often in
    the joint batch of all processes, up to one. The images are turned after the augmentation of
    the pipeline, because a mirrored image hides the direction of its turn.

    The pipeline gives single square images, collated by ``default_collate``.

    Args:
        backbone (dict): Its last feature map or vector is used.
        rotation_head (dict): A classifier of four classes, such as ``LinearClsHead``.
        neck (dict, optional): Defaults to mmpretrain's ``GlobalAveragePooling``.
        all_angles (bool): Whether every image is seen at all four angles, as in the first of these
            papers; a step then costs four times as much. Defaults to False.
        data_preprocessor (dict, optional): Defaults to ``SelfSupDataPreprocessor``.
        init_cfg (dict or list[dict], optional): How to initialise weights.

    Raises:
        ValueError: If the head has not four classes.
    """

    def __init__(self,
                 backbone: dict,
                 rotation_head: dict,
                 neck: dict | None = None,
                 all_angles: bool = False,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(backbone, neck or dict(type='GlobalAveragePooling'),
                         data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.rotation_head = build_rotation_head(rotation_head)
        self.all_angles = all_angles

    def loss(self, inputs: torch.Tensor,
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch.

        Args:
            inputs (Tensor): Square images, [N, C, S, S].
            data_samples (list[DataSample]): Not used.

        Returns:
            dict[str, Tensor]: ``loss`` and, in percent, ``rotation_accuracy``.
        """
        check_single_images(inputs)
        if self.all_angles:
            turns = torch.arange(ANGLES, device=inputs.device).repeat_interleave(len(inputs))
            inputs = inputs.repeat(ANGLES, 1, 1, 1)
        else:
            turns = draw_jointly(
                inputs, lambda number: balanced_quarter_turns(number, inputs.device))
        feats = self.neck(self.backbone(rotate_quarter_turns(inputs, turns)))
        loss, accuracy = pretext_loss(self.rotation_head, feats, turns)
        return {'loss': loss, 'rotation_accuracy': accuracy}


def build_rotation_head(config: dict) -> torch.nn.Module:
    """Build a classifier of quarter turns.

    Args:
        config (dict): A classification head of mmpretrain.

    Returns:
        nn.Module: The head.

    Raises:
        ValueError: If it has not four classes.
    """
    head = MODELS.build(config)
    if head.num_classes != ANGLES:
        raise ValueError(f'rotation_head tells {ANGLES} angles apart, but has num_classes='
                         f'{head.num_classes}: set num_classes={ANGLES}.')
    return head
