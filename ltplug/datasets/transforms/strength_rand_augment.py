"""Random augmentation as strong as the draw of a sample says."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmpretrain.datasets.transforms.auto_augment import RANDAUG_POLICIES, RandAugment

from ltplug.datasets.draw import current_draw
from ltplug.registry import TRANSFORMS


@TRANSFORMS.register_module()
class StrengthRandAugment(BaseTransform):
    """RandAugment with the probability and the magnitude that an image's draw carries (BCL).

    Zhou et al., "Contrastive Learning with Boosted Memorization", 2022. An image of strength M is
    augmented with probability M, by ``num_policies`` operations of level ``lowest + M (highest -
    lowest)`` of 30. The strength comes from a ``StrengthDrawBatchSampler``; without one it is 0,
    and the image stays as it is. The operations are those of mmpretrain's ``RandAugment``.

    Args:
        num_policies (int): Operations. Defaults to 1, of BCL-I.
        levels (tuple[float, float]): Lowest and highest level. Defaults to (10, 30).
        policies (str or list[dict]): Operations to draw from, as of mmpretrain's ``RandAugment``.
            Defaults to 'timm_increasing', which are 15.

    Raises:
        ValueError: If the levels are not in order between 0 and 30.
    """

    TOTAL_LEVEL = 30

    def __init__(self,
                 num_policies: int = 1,
                 levels: tuple[float, float] = (10, 30),
                 policies: str | list[dict] = 'timm_increasing') -> None:
        lowest, highest = levels
        if not 0 <= lowest <= highest <= self.TOTAL_LEVEL:
            raise ValueError(f'levels must be in order between 0 and {self.TOTAL_LEVEL}, got '
                             f'{lowest} and {highest}.')
        self.levels = lowest, highest
        policies = RANDAUG_POLICIES[policies] if isinstance(policies, str) else policies
        # mmpretrain leaves half of the images that an operation is drawn for as they are
        self.augment = RandAugment([{'prob': 1.0, **policy} for policy in policies], num_policies,
                                   lowest, total_level=self.TOTAL_LEVEL)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Augment an image.

        Args:
            results (dict): With ``img``, uint8 [H, W, C].

        Returns:
            dict: The same, perhaps with another image.
        """
        draw = current_draw()
        strength = 0.0 if draw is None or draw.strength is None else draw.strength
        if np.random.random() >= strength:
            return results
        lowest, highest = self.levels
        for operation in self.augment.transforms:
            operation.magnitude_level = lowest + strength * (highest - lowest)
        return self.augment(results)
