"""Prototypes that follow the frequency of what is learned (FASSL, stage 1)."""

import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.models.utils.batch import check_views
from ltplug.ops import similarities
from ltplug.registry import MODELS

from .self_supervisor import SelfSupervisor


@MODELS.register_module()
class PrototypeLearner(SelfSupervisor):
    r"""Contrastive learning of similarity scores to prototypes.

    Lin et al., "Frequency-Aware Self-Supervised Long-Tailed Learning", 2023, eq. 1 and 2: features
    z of both views are compared with K prototypes, :math:`h = P z`, and the loss contrasts these
    scores. Network and prototypes learn together; the network starts from SDCLR's dense branch
    (``load_from`` with ``parts=dict(backbone='backbone')``).

    Features are those of the pooled backbone, because in the paper only the student of stage 2 has
    a projection head; ``neck`` keeps that of an earlier stage instead.

    Args:
        backbone (dict): Its last feature map or vector is used.
        feat_dim (int): Dimension D of the features.
        num_prototypes (int): K. Defaults to 128.
        neck (dict, optional): Makes features of the backbone's output. Defaults to mmpretrain's
            ``GlobalAveragePooling``.
        loss (dict, optional): Defaults to ``dict(type='ltplug.ScoreContrastiveLoss',
            temperature=0.2)``.
        normalize_prototypes (bool): Whether scores are of prototypes of unit length, which changes
            the loss. Defaults to False, as written.
        data_preprocessor (dict, optional): Defaults to ``SelfSupDataPreprocessor``.
        init_cfg (dict or list[dict], optional): How to initialise weights.
    """

    def __init__(self,
                 backbone: dict,
                 feat_dim: int,
                 num_prototypes: int = 128,
                 neck: dict | None = None,
                 loss: dict | None = None,
                 normalize_prototypes: bool = False,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(backbone, neck or dict(type='GlobalAveragePooling'),
                         data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.prototypes = nn.Linear(feat_dim, num_prototypes, bias=False)
        self.loss_module = MODELS.build(
            loss or dict(type='ltplug.ScoreContrastiveLoss', temperature=0.2))
        self.normalize_prototypes = normalize_prototypes

    def scores(self, features: torch.Tensor) -> torch.Tensor:
        """Return the similarity of features to all prototypes (eq. 1), never in half precision.

        Args:
            features (Tensor): [N, D].

        Returns:
            Tensor: float32 [N, K].
        """
        prototypes = self.prototypes.weight
        if self.normalize_prototypes:
            prototypes = F.normalize(prototypes, dim=1)
        return similarities(features, prototypes)

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
        scores = self.scores(self.project(torch.cat(inputs)))
        return {'loss': self.loss_module(*scores.chunk(2))}
