"""Batches whose samples carry how strongly they are to be augmented."""

import numpy as np

from ltplug.datasets.draw import Draw
from ltplug.registry import DATA_SAMPLERS

from .draw_batch_sampler import DrawBatchSampler


@DATA_SAMPLERS.register_module()
class StrengthDrawBatchSampler(DrawBatchSampler):
    """A :class:`DrawBatchSampler` whose draws have a strength (BCL).

    :attr:`strengths` is set between epochs, by ``MemorizedStrengthHook``. The strength travels
    with the draw to the process that loads the sample, where ``StrengthRandAugment`` reads it.
    So an epoch cannot be drawn before it begins.
    """

    needs_marks = True
    strengths: np.ndarray | None = None
    """Strength of every sample of the dataset, float[N] in [0, 1]; None for 0."""

    def draw(self, index: int, seed: int, branch: str | None = None) -> Draw:
        """Return the draw of a sample, with its strength."""
        strength = 0.0 if self.strengths is None else float(self.strengths[index])
        return Draw(index, seed, branch, strength)
