"""SwAV whose clusters are balanced over all processes."""

import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from torch import nn

from ltplug.models.utils.memory_queue import MemoryQueue
from ltplug.ops import similarities, sinkhorn
from ltplug.registry import MODELS
from ltplug.utils import gather_rows, mean_over_ranks

from .supcon_loss import check_positive


@MODELS.register_module()
class SwAVLoss(nn.Module):
    """Swapped prediction of cluster assignments.

    Caron et al., "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments",
    2020. A drop-in for mmpretrain's ``SwAVLoss`` inside its ``SwAVHead``, which balances the
    clusters of each process alone, overflows in half precision, keeps its queue in files beside
    the checkpoint and cannot freeze prototypes under DDP. Here the joint batch of all processes is
    balanced, on logarithms, and queue and freezing are part of the loss.

    Args:
        feat_dim (int): Dimension D of the features.
        num_prototypes (int): K. Defaults to 3000.
        temperature (float): Of the prediction. Defaults to 0.1.
        epsilon (float): Of the assignment, :func:`ltplug.ops.sinkhorn`. Defaults to 0.05.
        sinkhorn_iterations (int): Defaults to 3.
        num_crops (int): Views of each image, all of them predicted. Defaults to 2.
        assigned_crops (int): The first so many views are assigned. Defaults to 2.
        queue_length (int): Past features that are assigned too, of each assigned view; 0 for none.
            Defaults to 0.
        queue_epoch (int): The queue is filled and used from this epoch on, from 0. Defaults to 15.
        frozen_epochs (int): Epochs in which prototypes do not learn. Defaults to 1.

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(self,
                 feat_dim: int,
                 num_prototypes: int = 3000,
                 temperature: float = 0.1,
                 epsilon: float = 0.05,
                 sinkhorn_iterations: int = 3,
                 num_crops: int = 2,
                 assigned_crops: int = 2,
                 queue_length: int = 0,
                 queue_epoch: int = 15,
                 frozen_epochs: int = 1) -> None:
        super().__init__()
        if not 1 <= assigned_crops <= num_crops or num_crops < 2:
            raise ValueError('num_crops must be at least 2 and assigned_crops from 1 to num_crops, '
                             f'got {num_crops} and {assigned_crops}.')
        if queue_length < 0:
            raise ValueError(f'queue_length must be at least 0, got {queue_length}.')
        self.prototypes = nn.Linear(feat_dim, num_prototypes, bias=False)
        self.temperature = check_positive('temperature', temperature)
        self.epsilon = check_positive('epsilon', epsilon)
        self.sinkhorn_iterations = sinkhorn_iterations
        self.num_crops = num_crops
        self.assigned_crops = assigned_crops
        self.queue_epoch = queue_epoch
        self.frozen_epochs = frozen_epochs
        number = assigned_crops if queue_length else 0
        self.queues = nn.ModuleList(MemoryQueue(queue_length, feat_dim) for _ in range(number))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Compute the loss, in float32 also under automatic mixed precision.

        Args:
            features (Tensor): Unit vectors of view after view, [num_crops * N, D].

        Returns:
            Tensor: A scalar.
        """
        epoch = MessageHub.get_current_instance().get_info('epoch') or 0
        with torch.no_grad():
            self.prototypes.weight.copy_(F.normalize(self.prototypes.weight, dim=1))
        prototypes = self.prototypes.weight
        if epoch < self.frozen_epochs:
            prototypes = prototypes.detach() + 0 * prototypes  # DDP waits for a gradient
        if features.dtype not in (torch.float32, torch.float64):
            features = F.normalize(features.float(), dim=1)  # a rounded unit vector is none
        views = features.chunk(self.num_crops)
        scores = [similarities(view, prototypes) for view in views]
        predictions = [(each / self.temperature).log_softmax(dim=1) for each in scores]
        losses = []
        for crop in range(self.assigned_crops):
            assigned = self._assign(crop, views[crop].detach(), scores[crop].detach(), epoch)
            losses += [-(assigned * prediction).sum(dim=1)
                       for other, prediction in enumerate(predictions) if other != crop]
        return mean_over_ranks(torch.stack(losses).mean(dim=0))

    @torch.no_grad()
    def _assign(self, crop: int, features: torch.Tensor, scores: torch.Tensor,
                epoch: int) -> torch.Tensor:
        (everything, ), start = gather_rows(scores)
        own = slice(start, start + len(scores))
        if self.queues and epoch >= self.queue_epoch:
            queue = self.queues[crop]
            if (queue.labels >= 0).all():  # filled
                past = similarities(queue.features, self.prototypes.weight)
                everything = torch.cat([everything, past])
            filled = torch.zeros(len(features), dtype=torch.int64, device=features.device)
            queue.enqueue(features, filled)
        return sinkhorn(everything, self.epsilon, self.sinkhorn_iterations)[own]
