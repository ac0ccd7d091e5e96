"""The linear classifier of which only a scale per class is learned."""

import torch
import torch.nn.functional as F
from mmpretrain.models.heads import LinearClsHead
from torch import nn

from ltplug.registry import MODELS


@MODELS.register_module()
class LearnableScaleLinearClsHead(LinearClsHead):
    """Linear head with fixed weights and one learned factor per class (LWS).

    The second stage of Kang et al., "Decoupling Representation and Classifier for Long-Tailed
    Recognition", 2020, section 4. The weights are those of the first stage: a checkpoint of
    ``LinearClsHead`` fits and lacks nothing but ``scales``, which start at 1.

    Args:
        num_classes (int): Number of classes C.
        in_channels (int): Feature dimension D.
        scale_bias (bool): Whether a factor multiplies the bias of its class as well, s (w f + b),
            as in the authors' code, or the weights alone, s w f + b, as in the paper's text.
            Defaults to True.
        **kwargs: ``loss``, ``topk``, ``cal_acc``, ``init_cfg`` of mmpretrain's ``LinearClsHead``.

    Example:
        >>> import torch
        >>> from ltplug.models import LearnableScaleLinearClsHead
        >>> head = LearnableScaleLinearClsHead(3, 4)
        >>> [name for name, parameter in head.named_parameters() if parameter.requires_grad]
        ['scales']
        >>> head((torch.randn(2, 4), )).shape
        torch.Size([2, 3])
    """

    def __init__(self,
                 num_classes: int,
                 in_channels: int,
                 scale_bias: bool = True,
                 **kwargs) -> None:
        super().__init__(num_classes, in_channels, **kwargs)
        self.scale_bias = scale_bias
        self.fc.requires_grad_(False)
        self.scales = nn.Parameter(torch.ones(num_classes))

    def forward(self, feats: tuple[torch.Tensor, ...]) -> torch.Tensor:
        """Return logits [N, C] of a tuple whose last entry are features [N, D]."""
        features = self.pre_logits(feats)
        if self.scale_bias:
            return self.fc(features) * self.scales
        return F.linear(features, self.fc.weight) * self.scales + self.fc.bias
