"""mmpretrain's ResNet with the depth that long-tailed benchmarks add."""

from mmpretrain.models.backbones.resnet import BasicBlock
from mmpretrain.models.backbones.resnet import ResNet as StockResNet

from ltplug.registry import MODELS


@MODELS.register_module()
class ResNet(StockResNet):
    """ResNet-10, 18, 34, 50, 101 or 152.

    ResNet-10, of the ImageNet-LT benchmark (Liu et al., "Large-Scale Long-Tailed Recognition in an
    Open World", 2019), has one basic block a stage. All else is mmpretrain's ``ResNet``;
    parameters are named as torchvision's, so its state dicts load.

    Args:
        depth (int): 10, 18, 34, 50, 101 or 152.
        **kwargs: Those of mmpretrain's ``ResNet``.

    Raises:
        ValueError: If there is no such depth.

    Example:
        >>> import torch
        >>> from ltplug.models import ResNet
        >>> feature_map, = ResNet(10)(torch.zeros(1, 3, 64, 64))
        >>> feature_map.shape
        torch.Size([1, 512, 2, 2])
    """

    arch_settings = {10: (BasicBlock, (1, 1, 1, 1)), **StockResNet.arch_settings}

    def __init__(self, depth: int, **kwargs) -> None:
        if depth not in self.arch_settings:
            depths = ', '.join(map(str, self.arch_settings))
            raise ValueError(f'depth must be one of {depths}, got {depth}.')
        super().__init__(depth, **kwargs)
