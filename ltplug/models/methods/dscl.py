"""Decoupled contrastive learning with patch-based self distillation (DSCL + PBSD)."""

from contextlib import nullcontext

import torch
from mmpretrain.structures import DataSample

from ltplug.models.utils import running_statistics_kept
from ltplug.models.utils.batch import as_sample_list, batch_labels, check_views
from ltplug.ops import pool_patches
from ltplug.ops.transfer import moved_to
from ltplug.registry import MODELS

from .supcon_moco import SupConMoCo

PATCH_MODES = ('roi', 'view', 'multi_crop')


@MODELS.register_module()
class DSCL(SupConMoCo):
    """Decoupled contrastive learning with patch-based self distillation.

    Xuan and Zhang, "Decoupled Contrastive Learning for Long-Tailed Recognition", 2024, eq. 15.
    As :class:`SupConMoCo`, view 1 gives the queries and view 2 the keys of the queue. Where
    the pipeline (:class:`ltplug.datasets.GlobalPatchViews`) gives crops too, the features of crops
    (with gradient) are drawn to those of the same regions of view 1's last feature map (without).

    All crops of a batch pass the backbone together, and no patch moves running statistics of batch
    norm: those would be of crops rather than of whole images.

    Args:
        backbone (dict): Its last output is a feature map, where there are crops.
        neck (dict): The projection head, such as mmpretrain's ``MoCoV2Neck``.
        loss (dict): Defaults to ``dict(type='ltplug.DecoupledSupConLoss')``; its ``alpha=None``
            gives SCL.
        patch_loss (dict): The distillation. Defaults to
            ``dict(type='ltplug.PatchDistillationLoss', loss_weight=1.5)``.
        patch_mode (str): What crops are for. 'roi': PBSD; 'view': PBSD where the whole view 1 is
            the teacher of every crop (table 1, *); 'multi_crop': they are further queries of the
            contrastive loss, which is the mean over view and crops (table 1, dagger). Defaults to
            'roi'.
        crops_move_statistics (bool): Whether crops move running statistics, as in the released
            code. Defaults to False.
        **kwargs: ``queue_len``, ``feat_dim`` and ``momentum`` of :class:`SupConMoCo`,
            ``data_preprocessor`` and ``init_cfg``.

    Raises:
        ValueError: If the mode is unknown.
    """

    def __init__(self,
                 backbone: dict,
                 neck: dict,
                 loss: dict = dict(type='ltplug.DecoupledSupConLoss'),  # noqa: B006 (not mutated)
                 patch_loss: dict = dict(  # noqa: B006
                     type='ltplug.PatchDistillationLoss', loss_weight=1.5),
                 patch_mode: str = 'roi',
                 crops_move_statistics: bool = False,
                 **kwargs) -> None:
        super().__init__(backbone, neck, loss, **kwargs)
        if patch_mode not in PATCH_MODES:
            raise ValueError(f'patch_mode must be one of {", ".join(PATCH_MODES)}, got '
                             f'{patch_mode!r}.')
        self.patch_loss = MODELS.build(patch_loss)
        self.patch_mode = patch_mode
        self.crops_move_statistics = crops_move_statistics

    def loss(self, inputs: list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the losses of a batch and put its keys into the queue.

        Args:
            inputs (list[Tensor]): Two views, each [N, C, H, W], then L crops, each [N, C, h, w];
                L may be 0.
            data_samples (list[DataSample]): With labels; for 'roi' also with the places of the
                crops in view 1, ``patch_boxes``, float [L, 4].

        Returns:
            dict[str, Tensor]: ``loss_dscl`` and, of the distillation, ``loss_pbsd`` and the
            divergence of crops and patches, ``kl_pbsd``.

        Raises:
            ValueError: If there are crops without places.
        """
        views, crops = inputs[:2], inputs[2:]
        check_views(views, 2)
        maps = self.backbone(views[0])
        query, key = self.embed(maps), self.next_keys(views[1])
        entries = self.queue.entries()
        queries, results = [query], {}
        if crops:
            crop_features = self.crop_features(crops)
            if self.patch_mode == 'multi_crop':
                queries += crop_features.unbind(dim=1)
            else:
                teacher = query.detach()[:, None].expand_as(crop_features)
                if self.patch_mode == 'roi':
                    teacher = self.patch_features(maps[-1], data_samples, views[0].shape[2:])
                results['loss_pbsd'], results['kl_pbsd'] = self.patch_loss.with_divergence(
                    teacher, crop_features, key, entries.features)
        losses = [self.queue_loss(each, key, batch_labels(data_samples), entries, data_samples)
                  for each in queries]
        self.enqueue(key, data_samples)
        return {'loss_dscl': sum(losses) / len(losses), **results}

    def crop_features(self, crops: list[torch.Tensor]) -> torch.Tensor:
        """Return the projected features of crops.

        Args:
            crops (list[Tensor]): L crops, each [N, C, h, w].

        Returns:
            Tensor: Unit vectors, float32 [N, L, D].
        """
        with nullcontext() if self.crops_move_statistics else running_statistics_kept(self):
            features = self.project(torch.cat(crops))
        return features.unflatten(0, (len(crops), -1)).transpose(0, 1)

    @torch.no_grad()
    def patch_features(self, feature_map: torch.Tensor, data_samples: list[DataSample],
                       view_size: tuple[int, int]) -> torch.Tensor:
        """Return the projected features of regions of a feature map.

        Args:
            feature_map (Tensor): [N, C, h, w].
            data_samples (list[DataSample]): With ``patch_boxes``, float [L, 4].
            view_size (tuple[int, int]): Height and width of the images.

        Returns:
            Tensor: Unit vectors without gradient, float32 [N, L, D].

        Raises:
            ValueError: If the samples do not have boxes.
        """
        boxes = as_sample_list(data_samples).tensors('patch_boxes')
        if boxes is None:
            raise ValueError(
                'DSCL needs the places of the crops: let the training pipeline have '
                "dict(type='ltplug.GlobalPatchViews', ...) and end with dict(type='PackInputs', "
                "algorithm_keys=['patch_boxes']).")
        boxes = moved_to(boxes, feature_map.device)
        regions = pool_patches(feature_map.float(), boxes, view_size)
        with running_statistics_kept(self.neck):
            features = self.embed((regions.flatten(0, 1), ))
        return features.unflatten(0, boxes.shape[:2])
