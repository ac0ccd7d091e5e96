"""Contrastive learning that augments more what is learned late."""

import torch
from mmpretrain.structures import DataSample

from ltplug.models.utils import LossMemory
from ltplug.models.utils.batch import check_views, dataset_indices
from ltplug.registry import MODELS
from ltplug.utils import mean_over_ranks

from .simclr import SimCLR


@MODELS.register_module()
class BCL(SimCLR):
    """SimCLR that remembers the loss of every image, by which it is augmented (BCL-I).

    Zhou et al., "Contrastive Learning with Boosted Memorization", 2022. ``MemorizedStrengthHook``
    gives the strengths to a ``StrengthDrawBatchSampler`` before every epoch, and
    ``StrengthRandAugment`` in the pipeline applies them.

    Args:
        backbone (dict): Its last feature map or vector is used.
        neck (dict): The projection head.
        momentum (float): Weight of the past in an image's memorised loss. Defaults to 0.97.
        **kwargs: ``loss``, ``data_preprocessor`` and ``init_cfg`` of :class:`SimCLR`.

    Raises:
        ValueError: If the momentum is out of range.
    """

    def __init__(self, backbone: dict, neck: dict, momentum: float = 0.97, **kwargs) -> None:
        super().__init__(backbone, neck, **kwargs)
        self.memory = LossMemory(momentum)

    def loss(self, inputs: list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch and remember that of each image.

        Args:
            inputs (list[Tensor]): Two views, each [N, C, H, W].
            data_samples (list[DataSample]): With their index in the dataset.

        Returns:
            dict[str, Tensor]: ``loss``.

        Raises:
            ValueError: If the samples carry no index or there is no room for them.
        """
        check_views(inputs, 2)
        indices = dataset_indices(data_samples, inputs[0].device)
        if indices is None or len(self.memory.losses) == 0:
            raise ValueError('BCL needs the index of every sample and room for it: wrap the '
                             'training dataset as dict(type="ltplug.DrawDataset", dataset=...) '
                             'and add default_hooks.strengths=dict(type='
                             '"ltplug.MemorizedStrengthHook").')
        losses = self.loss_module.per_image(*self.project(torch.cat(inputs)).chunk(2))
        self.memory.update(indices, losses)
        return {'loss': mean_over_ranks(losses) * self.loss_module.loss_weight}
