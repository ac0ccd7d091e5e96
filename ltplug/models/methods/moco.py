"""Momentum contrast without labels."""

import torch
import torch.nn.functional as F
from mmpretrain.models import MoCo as StockMoCo
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.models.utils import MovingAverage, encode_shuffled
from ltplug.models.utils.batch import check_views
from ltplug.ops import similarities
from ltplug.registry import MODELS
from ltplug.utils import gather_rows, mean_over_ranks


@MODELS.register_module()
class MoCo(StockMoCo):
    """mmpretrain's MoCo (v1, v2), whose similarities are never computed in half precision.

    He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", 2020. In float32
    it is the same as mmpretrain's, which under mixed precision normalises and compares features in
    what the network gives. Queue and names in the checkpoint are those of mmpretrain. Batches need
    not divide the length of the queue, ranks may have shares of different size, and no step waits
    for the GPU.

    Args:
        **kwargs: Those of mmpretrain's ``MoCo``.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.encoder_k = MovingAverage(nn.Sequential(self.backbone, self.neck),
                                       self.encoder_k.momentum)

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
            key = encode_shuffled(
                lambda images: F.normalize(self.encoder_k(images)[0].float(), dim=1), inputs[1])
        positive = (query * key).sum(dim=1, keepdim=True)
        negative = similarities(query, self.queue.clone().T)
        scores = torch.cat([positive, negative], dim=1) / self.head.temperature
        target = torch.zeros(len(scores), dtype=torch.long, device=scores.device)
        self._dequeue_and_enqueue(key)
        losses = self.head.loss_module(scores, target, reduction_override='none')
        return {'loss': mean_over_ranks(losses)}

    @torch.no_grad()
    def _dequeue_and_enqueue(self, keys: torch.Tensor) -> None:
        """Replace the oldest keys of the queue by those of all ranks."""
        (keys, ), _ = gather_rows(keys)
        places = (self.queue_ptr + torch.arange(len(keys), device=keys.device)) % self.queue_len
        last = slice(-self.queue_len, None)  # the others would be overwritten at once
        self.queue.index_copy_(1, places[last], keys[last].T)
        self.queue_ptr.add_(len(keys)).remainder_(self.queue_len)
