"""What happens to a batch before the model sees it."""

from typing import Any

import torch
from mmpretrain.models import ClsDataPreprocessor

from ltplug.ops.transfer import moved_to
from ltplug.registry import MODELS

from .batch import move_samples


@MODELS.register_module()
class FeatureDataPreprocessor(ClsDataPreprocessor):
    """mmpretrain's ``ClsDataPreprocessor``, which lets batches of ready features through.

    Images (uint8 or float [N, 3, H, W]) are prepared as ever. Features (float [N, D]) and their
    labels are only moved to the device: neither normalised nor mixed.

    Args:
        **kwargs: Arguments of mmpretrain's ``ClsDataPreprocessor``.
    """

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Prepare a batch.

        Args:
            data (dict): ``inputs``, images or features, and ``data_samples``.
            training (bool): Whether images may be mixed. Defaults to False.

        Returns:
            dict: ``inputs`` (float32) and ``data_samples`` on the device.
        """
        inputs = data['inputs']
        if not isinstance(inputs, torch.Tensor) or inputs.ndim != 2:
            return super().forward(data, training)
        samples = data.get('data_samples')
        if samples:
            move_samples(samples, self.device)
        return {'inputs': moved_to(inputs, self.device, torch.float32), 'data_samples': samples}


@MODELS.register_module()
class MultiViewDataPreprocessor(ClsDataPreprocessor):
    """mmpretrain's ``ClsDataPreprocessor`` for several views of every image.

    Each view is prepared as a batch of images; a batch without views, as of a test, as ever. A GPU
    is not waited for.

    Args:
        **kwargs: Arguments of mmpretrain's ``ClsDataPreprocessor``.
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self._non_blocking = True

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Prepare a batch.

        Args:
            data (dict): ``inputs``, images [N, C, H, W] or a list of views of that shape, and
                ``data_samples``.
            training (bool): Passed on. Defaults to False.

        Returns:
            dict: ``inputs`` (float32, the list where there was one) and ``data_samples`` on the
            device.
        """
        if not isinstance(data['inputs'], list):
            return super().forward(data, training)
        samples = data.get('data_samples')
        if samples:
            move_samples(samples, self.device)
        views = [super(MultiViewDataPreprocessor, self).forward({'inputs': view}, training)
                 for view in data['inputs']]
        return {'inputs': [view['inputs'] for view in views], 'data_samples': samples}
