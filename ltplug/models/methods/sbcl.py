"""Subclass-balancing contrastive learning (SBCL)."""

import torch
from mmpretrain.structures import DataSample

from ltplug.models.losses import BiGranularityLoss
from ltplug.models.utils import QueueEntries, SubclassTable
from ltplug.models.utils.batch import dataset_indices
from ltplug.registry import MODELS

from .supcon import SupCon
from .supcon_moco import SupConMoCo


class _Subclasses:
    """What both forms of SBCL share: the table of subclasses and the loss until it is filled."""

    def _init_subclasses(self, warmup_loss: dict) -> None:
        if not isinstance(self.loss_module, BiGranularityLoss):
            raise ValueError(f'{type(self).__name__} takes loss=dict(type='
                             f'"ltplug.BiGranularityLoss"), got {type(self.loss_module).__name__}.')
        self.warmup_loss = MODELS.build(
            {'temperature': self.loss_module.temperature, **warmup_loss})
        self.subclasses = SubclassTable()

    def _indices(self, data_samples: list[DataSample], device: torch.device) -> torch.Tensor:
        if self.subclasses.cluster_ids is None:
            raise ValueError(
                f'{type(self).__name__} needs somebody to cluster its classes: add subclasses='
                'dict(type="ltplug.SubclassClusteringHook", pipeline=[...]) to default_hooks.')
        indices = dataset_indices(data_samples, device)
        if indices is None:
            raise ValueError(
                f'{type(self).__name__} needs the index of every sample: wrap the training dataset '
                'as dict(type="ltplug.DrawDataset", dataset=...).')
        return indices


@MODELS.register_module()
class SBCL(_Subclasses, SupCon):
    """Subclass-balancing contrastive learning inside the batch.

    Hou et al., "Subclass-balancing Contrastive Learning for Long-tailed Recognition", 2023,
    Algorithm 2. ``SubclassClusteringHook`` decides when to cluster; until it has, the loss is
    ``warmup_loss``.

    Args:
        backbone (dict): Its last feature map or vector is used.
        neck (dict): The projection head, such as mmpretrain's ``MoCoV2Neck``.
        loss (dict): Of type :class:`BiGranularityLoss`. Defaults to
            ``dict(type='ltplug.BiGranularityLoss')``.
        warmup_loss (dict): Loss before the first clustering, of the same temperature if it names
            none. Defaults to ``dict(type='ltplug.SupConLoss')``.
        **kwargs: ``data_preprocessor`` and ``init_cfg`` of :class:`SupCon`.

    Raises:
        ValueError: If the loss is of another type.
    """

    def __init__(self,
                 backbone: dict,
                 neck: dict,
                 loss: dict = dict(type='ltplug.BiGranularityLoss'),  # noqa: B006 (not mutated)
                 warmup_loss: dict = dict(type='ltplug.SupConLoss'),  # noqa: B006
                 **kwargs) -> None:
        super().__init__(backbone, neck, loss, **kwargs)
        self._init_subclasses(warmup_loss)

    def batch_loss(self, features: torch.Tensor, labels: torch.Tensor,
                   data_samples: list[DataSample]) -> torch.Tensor:
        """Compute the loss of projected views; see :meth:`SupCon.batch_loss`.

        Raises:
            ValueError: If nobody clusters, or samples do not know their index in the dataset.
        """
        indices = self._indices(data_samples, labels.device)
        if not self.subclasses.is_filled:
            return self.warmup_loss(features, labels)
        return self.loss_module(features, labels, self.subclasses.look_up(indices),
                                self.subclasses.class_temperature)


@MODELS.register_module()
class SBCLMoCo(_Subclasses, SupConMoCo):
    """Subclass-balancing contrastive learning with a momentum encoder and a queue.

    The form of :class:`SBCL` for large sets. Subclasses of the queue's entries are looked up by
    their dataset index in each step, since a re-clustering numbers them anew.

    Args:
        backbone (dict): Its last feature map or vector is used.
        neck (dict): The projection head, such as mmpretrain's ``MoCoV2Neck``.
        loss (dict): Of type :class:`BiGranularityLoss`. Defaults to a temperature of 0.07.
        warmup_loss (dict): Loss before the first clustering, of the same temperature if it names
            none. Defaults to ``dict(type='ltplug.KPositiveSupConLoss', k=6)``.
        **kwargs: ``queue_len``, ``feat_dim`` and ``momentum`` of :class:`SupConMoCo`,
            ``data_preprocessor`` and ``init_cfg``.

    Raises:
        ValueError: If the loss is of another type.
    """

    def __init__(self,
                 backbone: dict,
                 neck: dict,
                 loss: dict = dict(  # noqa: B006 (not mutated)
                     type='ltplug.BiGranularityLoss', temperature=0.07),
                 warmup_loss: dict = dict(type='ltplug.KPositiveSupConLoss', k=6),  # noqa: B006
                 **kwargs) -> None:
        super().__init__(backbone, neck, loss, **kwargs)
        self._init_subclasses(warmup_loss)

    def queue_loss(self, query: torch.Tensor, key: torch.Tensor, labels: torch.Tensor,
                   entries: QueueEntries, data_samples: list[DataSample]) -> torch.Tensor:
        """Compute the loss of queries; see :meth:`SupConMoCo.queue_loss`.

        Raises:
            ValueError: If nobody clusters, or samples do not know their index in the dataset.
        """
        indices = self._indices(data_samples, labels.device)
        if not self.subclasses.is_filled:
            return self.warmup_loss.with_queue(query, key, labels, entries.features,
                                               entries.labels)
        table = self.subclasses
        return self.loss_module(
            query[:, None], labels, table.look_up(indices), table.class_temperature, key=key,
            queue=entries.features, queue_labels=entries.labels,
            queue_cluster_ids=table.look_up(entries.indices))
