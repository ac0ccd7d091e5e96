"""Both stages of FASSL in turn, one epoch each."""

import torch
from mmengine.logging import MessageHub
from mmpretrain.structures import DataSample

from ltplug.models.utils.batch import check_views
from ltplug.ops import similarities
from ltplug.registry import MODELS

from .prototypical_rebalanced_ssl import PrototypicalRebalancedSSL


@MODELS.register_module()
class AlternatingFASSL(PrototypicalRebalancedSSL):
    """FASSL that goes on learning its prototypes, in every other epoch.

    Lin et al., "Frequency-Aware Self-Supervised Long-Tailed Learning", 2023, table 7, where it is
    worse than one stage after the other. The paper does not say more; here the first, third, ...
    epoch learns backbone and prototypes by eq. 1 and 2 (:class:`PrototypeLearner`), the others
    learn backbone and MLP by eq. 3, and the teacher follows the backbone after every step. Nothing
    turns the prototypes, so ``phi_rank_correlation`` tells whether rare classes weigh more.

    It starts from SDCLR (``load_from`` with ``parts=dict(backbone='backbone')``). Each epoch leaves
    something unused: several processes need ``find_unused_parameters=True`` in the config.

    Args:
        backbone (dict): Its last feature map or vector is used.
        predictor (dict): The MLP of the student.
        feat_dim (int): Dimension D of the features.
        score_loss (dict, optional): Of the scores. Defaults to
            ``dict(type='ltplug.ScoreContrastiveLoss', temperature=0.2)``.
        **kwargs: Other arguments of :class:`PrototypicalRebalancedSSL`.
    """

    def __init__(self,
                 backbone: dict,
                 predictor: dict,
                 feat_dim: int,
                 score_loss: dict | None = None,
                 **kwargs) -> None:
        super().__init__(backbone, predictor, feat_dim, **kwargs)
        self.prototypes.requires_grad_(True)
        self.score_loss = MODELS.build(
            score_loss or dict(type='ltplug.ScoreContrastiveLoss', temperature=0.2))

    def loss(self, inputs: list[torch.Tensor],
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of the current epoch.

        Args:
            inputs (list[Tensor]): Two views, each [N, C, H, W].
            data_samples (list[DataSample]): Labels are used for the log only.

        Returns:
            dict[str, Tensor]: As :meth:`PrototypicalRebalancedSSL.loss`, or ``loss`` alone where
            prototypes are learned.

        Raises:
            ValueError: If the teacher has not been started.
        """
        check_views(inputs, 2)
        self.teacher.check_started(self)
        epoch = MessageHub.get_current_instance().get_info('epoch') or 0
        if epoch % 2:
            return super().loss(inputs, data_samples)
        scores = similarities(self.project(torch.cat(inputs)), self.prototypes.weight)
        return {'loss': self.score_loss(*scores.chunk(2))}
