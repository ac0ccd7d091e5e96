"""What this project adds to mmpretrain."""

from .losses import ClassTemperatureLoss

__all__ = ['ClassTemperatureLoss']
