"""Backbones that mmpretrain lacks."""

from .cifar_resnet import CIFARResNet
from .resnet import ResNet

__all__ = ['CIFARResNet', 'ResNet']
