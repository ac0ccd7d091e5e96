"""Contrastive learning of two views without labels."""

import torch
from mmpretrain.structures import DataSample

from ltplug.models.utils.batch import check_views
from ltplug.registry import MODELS

from .self_supervisor import SelfSupervisor


@MODELS.register_module()
class SimCLR(SelfSupervisor):
    """SimCLR whose negatives are those of all processes, with their gradient.

    Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", 2020.
    mmpretrain's ``SimCLR`` gathers the features of all processes but keeps only the gradient of
    its own loss, so that its result depends on the number of processes.

    The training pipeline gives two views (``MultiView``), collated by ``default_collate``.

    Args:
        backbone (dict): Its last feature map or vector is used.
        neck (dict): The projection head, such as mmpretrain's ``NonLinearNeck``.
        loss (dict, optional): Defaults to ``dict(type='ltplug.NTXentLoss', temperature=0.2)``.
        data_preprocessor (dict, optional): Defaults to ``SelfSupDataPreprocessor``.
        init_cfg (dict or list[dict], optional): How to initialise weights.
    """

    def __init__(self,
                 backbone: dict,
                 neck: dict,
                 loss: dict | None = None,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(backbone, neck, data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.loss_module = MODELS.build(loss or dict(type='ltplug.NTXentLoss', temperature=0.2))

    def loss(self, inputs: list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch; both views pass the network together.

        Args:
            inputs (list[Tensor]): Two views, each [N, C, H, W].
            data_samples (list[DataSample]): Not used.

        Returns:
            dict[str, Tensor]: ``loss``.
        """
        check_views(inputs, 2)
        return {'loss': self.loss_module(*self.project(torch.cat(inputs)).chunk(2))}
