"""The small residual networks for 32x32 images."""

import torch
import torch.nn.functional as F
from mmcv.cnn import build_conv_layer, build_norm_layer
from mmengine.model import BaseModule, Sequential
from torch import nn

from ltplug.registry import MODELS


class CIFARBlock(nn.Module):
    """Two 3x3 convolutions around a parameter-free shortcut (option A).

    Where the shape changes, the shortcut takes every second pixel and pads channels with zeros.
    """

    def __init__(self, in_channels: int, channels: int, stride: int, conv_cfg: dict | None,
                 norm_cfg: dict) -> None:
        super().__init__()
        self.conv1 = build_conv_layer(conv_cfg, in_channels, channels, 3, stride=stride,
                                      padding=1, bias=False)
        self.norm1 = build_norm_layer(norm_cfg, channels)[1]
        self.conv2 = build_conv_layer(conv_cfg, channels, channels, 3, padding=1, bias=False)
        self.norm2 = build_norm_layer(norm_cfg, channels)[1]
        self.stride = stride
        self.padding = (channels - in_channels) // 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return maps of [N, C, H, W], H and W divided by the stride."""
        out = F.relu(self.norm1(self.conv1(x)))
        out = self.norm2(self.conv2(out))
        if self.stride != 1 or self.padding:
            x = x[:, :, ::self.stride, ::self.stride]
            x = F.pad(x, (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(out + x)


@MODELS.register_module()
class CIFARResNet(BaseModule):
    """ResNet-20/32/44/56 for CIFAR: three stages of 16, 32 and 64 channels.

    He et al., "Deep Residual Learning for Image Recognition", 2015, section 4.2, with option-A
    shortcuts. mmpretrain's ``ResNet_CIFAR`` is another network: the ImageNet one with a small
    stem.

    Args:
        depth (int): 20, 32, 44 or 56 (any 6n + 2). Defaults to 32.
        in_channels (int): Channels of the images. Defaults to 3.
        norm_cfg (dict): Normalisation layer. Defaults to ``dict(type='BN')``.
        init_cfg (dict or list[dict], optional): Defaults to Kaiming normal (fan in), as in LDAM's
            code.
        conv_cfg (dict, optional): Convolution layer. Defaults to torch's.

    Raises:
        ValueError: If the depth is not 6n + 2.
    """

    STAGE_CHANNELS = (16, 32, 64)

    def __init__(self,
                 depth: int = 32,
                 in_channels: int = 3,
                 norm_cfg: dict = dict(type='BN'),  # noqa: B006 (mmpretrain's idiom, not mutated)
                 init_cfg: dict | list | None = None,
                 conv_cfg: dict | None = None) -> None:
        if depth < 8 or (depth - 2) % 6:
            raise ValueError(f'depth must be 6n + 2, such as 20, 32, 44 or 56, got {depth}.')
        if init_cfg is None:
            init_cfg = dict(type='Kaiming', layer='Conv2d', a=0, mode='fan_in',
                            nonlinearity='relu', distribution='normal')
        super().__init__(init_cfg=init_cfg)
        self.conv1 = build_conv_layer(conv_cfg, in_channels, 16, 3, padding=1, bias=False)
        self.norm1 = build_norm_layer(norm_cfg, 16)[1]
        channels = 16
        for stage, width in enumerate(self.STAGE_CHANNELS, start=1):
            blocks = []
            for block in range((depth - 2) // 6):
                stride = 2 if stage > 1 and block == 0 else 1
                blocks.append(CIFARBlock(channels, width, stride, conv_cfg, norm_cfg))
                channels = width
            self.add_module(f'layer{stage}', Sequential(*blocks))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
        """Return the last feature map.

        Args:
            x (Tensor): Images, float [N, in_channels, H, W].

        Returns:
            tuple[Tensor]: One map, [N, 64, H/4, W/4].
        """
        x = F.relu(self.norm1(self.conv1(x)))
        return (self.layer3(self.layer2(self.layer1(x))), )
