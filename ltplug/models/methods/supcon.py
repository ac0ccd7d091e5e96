"""Supervised contrastive learning inside the batch."""

import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample

from ltplug.models.losses import TargetedSupConLoss
from ltplug.models.utils import ClassTemperatures
from ltplug.models.utils.batch import batch_labels, check_views
from ltplug.registry import MODELS

from .self_supervisor import SelfSupervisor


@MODELS.register_module()
class SupCon(SelfSupervisor):
    """Supervised contrastive learning of all views in the joint batch (SCL, KCL or TSC).

    Khosla et al., "Supervised Contrastive Learning", 2020. All views of a batch pass the backbone
    together, then the projection head (``neck``), and are normalised. The loss decides the method:
    :class:`SupConLoss`, :class:`KPositiveSupConLoss` or, together with ``class_targets``,
    :class:`TargetedSupConLoss`.

    The training pipeline gives several views (``MultiView``) with labels, collated by
    ``default_collate``.

    Args:
        backbone (dict): Its last feature map or vector is used.
        neck (dict): The projection head, such as mmpretrain's ``MoCoV2Neck``.
        loss (dict): A contrastive loss of ltplug.
        class_targets (dict, optional): With :class:`TargetedSupConLoss` only,
            ``dict(type='ltplug.ClassTargets', num_classes=..., dim=...)``.
        dynamic_temperature (bool): With :class:`TargetedSupConLoss` only, whether every class has
            a temperature of its own, set by ``ClassTemperatureHook`` (SBCL, section 4.5). Defaults
            to False.
        data_preprocessor (dict, optional): Defaults to ``SelfSupDataPreprocessor``.
        init_cfg (dict or list[dict], optional): How to initialise weights.

    Raises:
        ValueError: If targets or temperatures are given to a loss that takes none, or no targets
            to one that needs them.
    """

    def __init__(self,
                 backbone: dict,
                 neck: dict,
                 loss: dict,
                 class_targets: dict | None = None,
                 dynamic_temperature: bool = False,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(backbone, neck, data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.loss_module = MODELS.build(loss)
        self.class_targets = MODELS.build(class_targets) if class_targets is not None else None
        self.temperatures = ClassTemperatures() if dynamic_temperature else None
        is_targeted = isinstance(self.loss_module, TargetedSupConLoss)
        needs_targets = is_targeted and self.loss_module.targets is None
        if needs_targets != (class_targets is not None):
            raise ValueError('TargetedSupConLoss and class_targets=dict(type="ltplug.ClassTargets"'
                             ', num_classes=...) go together: give both or none.')
        if dynamic_temperature and not is_targeted:
            raise ValueError('dynamic_temperature=True needs loss=dict(type="ltplug.'
                             f'TargetedSupConLoss"), got {type(self.loss_module).__name__}.')

    def project(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the loss compares: projected features of unit length.

        Args:
            images (Tensor): [N, C, H, W].

        Returns:
            Tensor: float32 [N, D].
        """
        return self.embed(self.backbone(images))

    def embed(self, maps: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return the projection of what the backbone gave, of unit length.

        Args:
            maps (tuple[Tensor]): The last one is [N, C, h, w] or [N, C].

        Returns:
            Tensor: float32 [N, D].
        """
        return F.normalize(self.neck(maps)[-1].float(), dim=1)

    def loss(self, inputs: list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch.

        Args:
            inputs (list[Tensor]): V views, each [N, C, H, W].
            data_samples (list[DataSample]): With labels.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        check_views(inputs)
        features = self.project(torch.cat(inputs)).unflatten(0, (len(inputs), -1)).transpose(0, 1)
        return {'loss': self.batch_loss(features, batch_labels(data_samples), data_samples)}

    def batch_loss(self, features: torch.Tensor, labels: torch.Tensor,
                   data_samples: list[DataSample]) -> torch.Tensor:
        """Compute the loss of projected views; methods that need more of the samples override it.

        Args:
            features (Tensor): Unit vectors, float32 [N, V, D].
            labels (Tensor): int64 [N].
            data_samples (list[DataSample]): The samples.

        Returns:
            Tensor: A scalar.
        """
        every_view = labels.repeat_interleave(features.shape[1])
        of_classes = self.class_arguments(features.flatten(0, 1), every_view)
        return self.loss_module(features, labels, **of_classes)

    def class_arguments(self, anchors: torch.Tensor,
                        labels: torch.Tensor) -> dict[str, torch.Tensor | None]:
        """Return what the loss is told about the classes.

        Args:
            anchors (Tensor): Unit vectors, which the targets follow, float32 [M, D].
            labels (Tensor): int64 [M].

        Returns:
            dict[str, Tensor or None]: ``targets`` and ``class_temperature``, where there are any.

        Raises:
            ValueError: If nobody sets the temperatures.
        """
        arguments = {}
        if self.class_targets is not None:
            arguments['targets'] = self.class_targets(anchors, labels)
        if self.temperatures is not None:
            if self.temperatures.class_temperature is None:
                raise ValueError(
                    'dynamic_temperature=True needs somebody to set the temperatures: add '
                    'temperatures=dict(type="ltplug.ClassTemperatureHook", pipeline=[...]) to '
                    'default_hooks.')
            arguments['class_temperature'] = self.temperatures.class_temperature
        return arguments
