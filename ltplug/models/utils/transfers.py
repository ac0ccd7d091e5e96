"""Batches on their way to the device."""

from typing import Any

from mmpretrain.models import ClsDataPreprocessor, SelfSupDataPreprocessor
from torch import nn

from ltplug.structures import SampleList

from .batch import move_samples
from .changed_class import mix_in


class _CopiesWithoutWaiting:
    """Mixin of data preprocessors that leaves the processor free to go on."""

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        samples = data.get('data_samples')
        if not samples or getattr(self, 'to_onehot', False) or not isinstance(samples, SampleList):
            return super().forward(data, training)
        move_samples(samples, self.device)
        return {**super().forward({**data, 'data_samples': None}, training),
                'data_samples': samples}


def copy_without_waiting(model: nn.Module) -> None:
    """Let a model's data preprocessor copy batches to a GPU without waiting for it.

    Those of mmpretrain wait for everything that the GPU has been given before each copy, and copy
    the label of every sample by itself. With pinned memory, as loaders have it, nothing has to
    wait. Other preprocessors stay as they are.

    Args:
        model (nn.Module): Changed in place.
    """
    preprocessor = getattr(model, 'data_preprocessor', None)
    if isinstance(preprocessor, ClsDataPreprocessor | SelfSupDataPreprocessor):
        preprocessor._non_blocking = True
        mix_in(preprocessor, _CopiesWithoutWaiting)
