"""The normalised linear classifier."""

import torch
import torch.nn.functional as F
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.registry import MODELS


class CosineLinear(nn.Module):
    """Cosine between a feature and one weight vector per class; no bias.

    Args:
        in_channels (int): Feature dimension D.
        num_classes (int): Number of classes C.
    """

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_classes, in_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw directions uniformly in [-1, 1]^D and scale them to length 1 (LDAM's code)."""
        with torch.no_grad():
            self.weight.uniform_(-1, 1)
            self.weight.copy_(F.normalize(self.weight, dim=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return cosines float32 [N, C] of features [N, D], also under autocast.

        A loss multiplies them by 30 or so, which would magnify the rounding of half precision.
        """
        with torch.autocast(x.device.type, enabled=False):
            return F.linear(F.normalize(x.float(), dim=1), F.normalize(self.weight.float(), dim=1))


@MODELS.register_module()
class CosineLinearClsHead(LinearClsHead):
    """Linear head whose features and class weights have length 1.

    The logits are cosines in [-1, 1]; the loss brings the scale (``LDAMLoss(scale=30)``). Scores
    at test time are the softmax of cosines times that scale; without one, of plain cosines, which
    changes the scores but never the predicted class.

    Args:
        num_classes (int): Number of classes C.
        in_channels (int): Feature dimension D.
        **kwargs: ``loss``, ``topk``, ``cal_acc`` of mmpretrain's ``ClsHead``. An ``init_cfg``,
            which a config may inherit of a plain linear head, is not used.
    """

    def __init__(self, num_classes: int, in_channels: int, **kwargs) -> None:
        super().__init__(num_classes, in_channels, **{**kwargs, 'init_cfg': None})
        self.fc = CosineLinear(in_channels, num_classes)

    def prediction_logits(self, cls_score: torch.Tensor) -> torch.Tensor:
        """Return cosines [N, C] times the scale of the loss; their softmax are the scores."""
        return cls_score * getattr(self.loss_module, 'scale', 1.0)

    def _get_predictions(self, cls_score: torch.Tensor,
                         data_samples: list[DataSample] | None) -> list[DataSample]:
        return super()._get_predictions(self.prediction_logits(cls_score), data_samples)
