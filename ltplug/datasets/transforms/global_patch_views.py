"""Two views of an image, and crops of the first whose places are known."""

import copy
from collections.abc import Sequence

import mmcv
import numpy as np
import torch
from mmcv.transforms import BaseTransform, RandomFlip
from mmengine.dataset import Compose

from ltplug.ops.patch_boxes import check_patch_arguments, draw_patch_boxes
from ltplug.registry import TRANSFORMS


@TRANSFORMS.register_module()
class GlobalPatchViews(BaseTransform):
    """Two global views, and small crops of the first together with their boxes (DSCL).

    Xuan and Zhang, "Decoupled Contrastive Learning for Long-Tailed Recognition", 2024. Boxes are
    drawn on view 1 after its geometric transforms (crop, resize, flip) and before its colours
    change; crops are cut out there, resized, and augmented on their own. A crop and the same box
    on the feature map of view 1 thus show the same pixels.

    Gives ``img``, the list [view 1, view 2, crop 1, ..., crop L], and ``patch_boxes``, float32
    [L, 4] (x1, y1, x2, y2 in pixels of view 1), which ``PackInputs`` has to be told of.

    Args:
        geometry (list[dict]): Transforms that place view 1, flips included.
        query (list[dict]): Transforms of view 1 after the boxes were drawn: colours and blur.
        key (list[dict]): All transforms of view 2.
        crop (list[dict]): Transforms of every crop after its resize; flips are fine here.
        num_patches (int): Boxes L; 0 gives two views and no boxes. Defaults to 5.
        patch_size (int): Height and width of the crops. Defaults to 64.
        patch_scale (Sequence[float]): Smallest and largest scale of a box.
            Defaults to (0.05, 0.6).
        aspect_ratio (Sequence[float]): Smallest and largest aspect ratio of a box.
            Defaults to (3/4, 4/3).
        box_mode (str): What a scale is, see :func:`draw_patch_boxes`: 'area' (the released code)
            or 'side' (the paper's supplement). Defaults to 'area'.

    Raises:
        ValueError: If an argument is out of range, or ``query`` moves pixels.

    Example:
        In a pipeline::

            pipeline = [
                dict(type='LoadImageFromFile'),
                dict(
                    type='ltplug.GlobalPatchViews',
                    geometry=[dict(type='RandomResizedCrop', scale=224), dict(type='RandomFlip')],
                    query=[dict(type='GaussianBlur', magnitude_range=(0.1, 2.0), prob=0.5)],
                    key=[dict(type='RandomResizedCrop', scale=224)],
                    crop=[dict(type='RandomFlip', prob=0.5)]),
                dict(type='PackInputs', algorithm_keys=['patch_boxes'])]
    """

    def __init__(self,
                 geometry: list[dict],
                 query: list[dict],
                 key: list[dict],
                 crop: list[dict],
                 num_patches: int = 5,
                 patch_size: int = 64,
                 patch_scale: Sequence[float] = (0.05, 0.6),
                 aspect_ratio: Sequence[float] = (3 / 4, 4 / 3),
                 box_mode: str = 'area') -> None:
        super().__init__()
        check_patch_arguments(num_patches, patch_size, patch_scale, aspect_ratio, box_mode)
        self.geometry, self.query, self.key, self.crop = (
            Compose([TRANSFORMS.build(step) for step in steps])
            for steps in (geometry, query, key, crop))
        if any(isinstance(step, RandomFlip) for step in self.query.transforms):
            raise ValueError('The query transforms of GlobalPatchViews come after the boxes were '
                             'drawn and must not flip: move RandomFlip to geometry.')
        self.num_patches = num_patches
        self.patch_size = patch_size
        self.patch_scale = tuple(patch_scale)
        self.aspect_ratio = tuple(aspect_ratio)
        self.box_mode = box_mode

    def transform(self, results: dict) -> dict:
        """Make the views and crops.

        Args:
            results (dict): With ``img``, uint8 [H, W, 3].

        Returns:
            dict: The same with a list as ``img``, and ``patch_boxes`` if there are any.

        Raises:
            ValueError: If the query transforms change the size of the view.
        """
        placed = self.geometry(copy.deepcopy(results))
        view = placed['img']
        height, width = view.shape[:2]
        boxes = draw_patch_boxes(height, width, self.num_patches, self.patch_scale,
                                 self.aspect_ratio, self.box_mode)
        crops = [self._cut(placed, box) for box in boxes]
        query = self.query(placed)['img']
        if query.shape[:2] != view.shape[:2]:
            raise ValueError('The query transforms of GlobalPatchViews come after the boxes were '
                             'drawn and must keep the size: move crops and resizes to geometry.')
        results['img'] = [query, self.key(copy.deepcopy(results))['img'], *crops]
        if self.num_patches:
            results['patch_boxes'] = torch.from_numpy(boxes).float()
        return results

    def _cut(self, placed: dict, box: np.ndarray) -> np.ndarray:
        x1, y1, x2, y2 = box
        size = (self.patch_size, self.patch_size)
        # pillow's resize averages when it shrinks, as torchvision's does in the released code
        crop = mmcv.imresize(placed['img'][y1:y2, x1:x2], size, backend='pillow')
        return self.crop({**placed, 'img': crop, 'img_shape': size})['img']

    def __repr__(self) -> str:
        return (f'{type(self).__name__}(num_patches={self.num_patches}, '
                f'patch_size={self.patch_size}, patch_scale={self.patch_scale}, '
                f'aspect_ratio={self.aspect_ratio}, box_mode={self.box_mode!r},\n'
                f'geometry={self.geometry},\nquery={self.query},\nkey={self.key},\n'
                f'crop={self.crop})')
