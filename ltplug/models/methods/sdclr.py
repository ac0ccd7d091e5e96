"""Self-damaging contrastive learning."""

import torch
from mmpretrain.structures import DataSample

from ltplug.models.utils import PrunableConv2d, check_twin_layers, pruned_branch
from ltplug.models.utils.batch import check_views
from ltplug.ops import magnitude_masks
from ltplug.ops.pruning import check_prune_ratio
from ltplug.registry import MODELS

from .simclr import SimCLR


@MODELS.register_module()
class SDCLR(SimCLR):
    """SimCLR between a network and its pruned twin (SDCLR).

    Jiang et al., "Self-Damaging Contrastive Learning", 2021: rare images are forgotten first when
    a network is pruned, so their two views disagree more and weigh more in the loss. The first
    view passes the dense network, the second the twin, which has the same weights but the smallest
    ones of all convolutions set to 0, and batch norms of its own. Both learn, in one graph with
    one backward (the released code makes two, with the same sum).

    Backbone and neck need ``conv_cfg=dict(type='ltplug.PrunableConv2d')`` and
    ``norm_cfg=dict(type='ltplug.DualBN')``, where they have convolutions and batch norms;
    ``PruningMaskHook`` refreshes the masks. The released code has three layers in the neck on
    CIFAR (``num_layers=3``), where SimCLR has two.

    Args:
        backbone (dict): The prunable network.
        neck (dict): The projection head, such as mmpretrain's ``NonLinearNeck``.
        prune_ratio (float): Share of all convolution weights that is pruned. Defaults to 0.9, of
            CIFAR; 0.3 for ImageNet-100.
        **kwargs: ``loss``, ``data_preprocessor`` and ``init_cfg`` of :class:`SimCLR`.

    Raises:
        ValueError: If the ratio is out of range or a layer would be shared by the branches.
    """

    def __init__(self, backbone: dict, neck: dict, prune_ratio: float = 0.9, **kwargs) -> None:
        super().__init__(backbone, neck, **kwargs)
        self.prune_ratio = check_prune_ratio(prune_ratio)
        self.has_masks = False
        check_twin_layers(self)

    def refresh_masks(self) -> float:
        """Choose the pruned weights anew, by the magnitudes of all convolutions together.

        Returns:
            float: The share of the weights that is pruned.
        """
        layers = {name: module for name, module in self.named_modules()
                  if isinstance(module, PrunableConv2d)}
        masks = magnitude_masks({name: layer.weight for name, layer in layers.items()},
                                self.prune_ratio)
        for name, layer in layers.items():
            layer.mask.copy_(masks[name])
        self.has_masks = True
        kept = sum(int(mask.sum()) for mask in masks.values())
        return 1 - kept / sum(mask.numel() for mask in masks.values())

    def loss(self, inputs: list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch.

        Args:
            inputs (list[Tensor]): Two views, each [N, C, H, W]; the second is seen by the twin.
            data_samples (list[DataSample]): Not used.

        Returns:
            dict[str, Tensor]: ``loss``.

        Raises:
            ValueError: If nothing has been pruned yet.
        """
        check_views(inputs, 2)
        if not self.has_masks:
            raise ValueError('SDCLR has no pruning masks yet: add default_hooks.pruning_mask='
                             "dict(type='ltplug.PruningMaskHook').")
        dense = self.project(inputs[0])
        with pruned_branch(self):
            pruned = self.project(inputs[1])
        return {'loss': self.loss_module(dense, pruned)}
