"""Momentum contrast without labels."""

import torch
import torch.nn.functional as F
from mmpretrain.models import MoCo as StockMoCo
from mmpretrain.models.utils import batch_shuffle_ddp, batch_unshuffle_ddp
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.models.utils.batch import check_views
from ltplug.ops import similarities
from ltplug.registry import MODELS


@MODELS.register_module()
class MoCo(StockMoCo):
    """mmpretrain's MoCo (v1, v2), whose similarities are never computed in half precision.

    He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", 2020. In float32
    it is the same as mmpretrain's, which under mixed precision normalises and compares features in
    what the network gives. Queue and names in the checkpoint are those of mmpretrain.

    Args:
        **kwargs: Those of mmpretrain's ``MoCo``.
    """

    def loss(self, inputs: list[torch.Tensor], data_samples: list[DataSample],
             **kwargs) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch and put its keys into the queue.

        Args:
            inputs (list[Tensor]): Two views, each [N, C, H, W].
            data_samples (list[DataSample]): Not used.
            **kwargs: Not used.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        check_views(inputs, 2)
        query = F.normalize(self.neck(self.backbone(inputs[0]))[0].float(), dim=1)
        with torch.no_grad():
            self.encoder_k.update_parameters(nn.Sequential(self.backbone, self.neck))
            images, order = batch_shuffle_ddp(inputs[1])
            key = F.normalize(self.encoder_k(images)[0].float(), dim=1)
            key = batch_unshuffle_ddp(key, order)
        positive = (query * key).sum(dim=1, keepdim=True)
        negative = similarities(query, self.queue.clone().T)
        loss = self.head.loss(positive, negative)
        self._dequeue_and_enqueue(key)
        return {'loss': loss}
