"""Supervised contrastive learning with a momentum encoder and a queue."""

import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.models.utils import MemoryQueue, MovingAverage, QueueEntries, encode_shuffled
from ltplug.models.utils.batch import batch_labels, check_views, dataset_indices
from ltplug.registry import MODELS

from .supcon import SupCon


@MODELS.register_module()
class SupConMoCo(SupCon):
    """Supervised contrastive learning against a queue of keys (SCL, KCL or TSC on large sets).

    He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", 2020, with
    labels in the queue. The first view gives the queries; the second gives the keys, by a moving
    average of the encoder and with batch norm statistics of shuffled images (under several
    processes). The keys enter the queue after the loss.

    Args:
        backbone (dict): Its last feature map or vector is used.
        neck (dict): The projection head, such as mmpretrain's ``MoCoV2Neck``.
        loss (dict): A contrastive loss of ltplug, see :class:`SupCon`.
        queue_len (int): Keys in the queue. Defaults to 65536.
        feat_dim (int): Dimension of the projected features. Defaults to 128.
        momentum (float): Weight of the new encoder in the average, in (0, 1). Defaults to 0.001.
        **kwargs: ``class_targets``, ``dynamic_temperature``, ``data_preprocessor`` and ``init_cfg``
            of :class:`SupCon`.
    """

    def __init__(self,
                 backbone: dict,
                 neck: dict,
                 loss: dict,
                 queue_len: int = 65536,
                 feat_dim: int = 128,
                 momentum: float = 0.001,
                 **kwargs) -> None:
        super().__init__(backbone, neck, loss, **kwargs)
        self.encoder_k = MovingAverage(self._encoder(), momentum)
        self.queue = MemoryQueue(queue_len, feat_dim)

    def _encoder(self) -> nn.Module:
        return nn.Sequential(self.backbone, self.neck)

    def _keys(self, images: torch.Tensor) -> torch.Tensor:
        return F.normalize(self.encoder_k(images)[-1].float(), dim=1)

    def loss(self, inputs: list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch and put its keys into the queue.

        Args:
            inputs (list[Tensor]): Two views, each [N, C, H, W].
            data_samples (list[DataSample]): With labels.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        check_views(inputs, 2)
        query, key = self.project(inputs[0]), self.next_keys(inputs[1])
        loss = self.queue_loss(query, key, batch_labels(data_samples), self.queue.entries(),
                               data_samples)
        self.enqueue(key, data_samples)
        return {'loss': loss}

    @torch.no_grad()
    def next_keys(self, images: torch.Tensor) -> torch.Tensor:
        """Move the average of the encoder on and return its keys.

        Args:
            images (Tensor): This rank's second views, [N, C, H, W].

        Returns:
            Tensor: Unit vectors, float32 [N, D].
        """
        self.encoder_k.update_parameters(self._encoder())
        return encode_shuffled(self._keys, images)

    def enqueue(self, key: torch.Tensor, data_samples: list[DataSample]) -> None:
        """Put the keys of all ranks into the queue, with labels and dataset indices.

        Args:
            key (Tensor): Unit vectors, float32 [N, D].
            data_samples (list[DataSample]): The samples.
        """
        self.queue.enqueue(key, batch_labels(data_samples),
                           dataset_indices(data_samples, key.device))

    def queue_loss(self, query: torch.Tensor, key: torch.Tensor, labels: torch.Tensor,
                   entries: QueueEntries, data_samples: list[DataSample]) -> torch.Tensor:
        """Compute the loss of queries; methods that need more of the samples override it.

        Args:
            query (Tensor): Unit vectors, float32 [N, D].
            key (Tensor): Their keys, float32 [N, D].
            labels (Tensor): int64 [N].
            entries (QueueEntries): The queue before this batch.
            data_samples (list[DataSample]): The samples.

        Returns:
            Tensor: A scalar.
        """
        return self.loss_module.with_queue(query, key, labels, entries.features, entries.labels,
                                           **self.class_arguments(query, labels))
