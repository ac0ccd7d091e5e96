"""Bootstrap your own latent."""

from mmpretrain.models import BYOL as StockBYOL
from torch import nn

from ltplug.models.utils import CosineMovingAverage
from ltplug.registry import MODELS


@MODELS.register_module()
class BYOL(StockBYOL):
    """mmpretrain's BYOL, whose average does not wait for the GPU in every step.

    Grill et al., "Bootstrap Your Own Latent: A New Approach to Self-Supervised Learning", 2020.
    Numbers and names in the checkpoint are those of mmpretrain.

    Args:
        **kwargs: Those of mmpretrain's ``BYOL``.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.target_net = CosineMovingAverage(nn.Sequential(self.backbone, self.neck),
                                              self.target_net.momentum)
