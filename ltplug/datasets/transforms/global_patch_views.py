"""Two views of an image, and crops of the first whose places are known."""

import copy
import math
from collections.abc import Sequence

import mmcv
import numpy as np
import torch
from mmcv.transforms import BaseTransform, RandomFlip
from mmengine.dataset import Compose

from ltplug.registry import TRANSFORMS

BOX_MODES = ('area', 'side')


def draw_patch_boxes(height: int,
                     width: int,
                     number: int,
                     scale: Sequence[float] = (0.05, 0.6),
                     aspect_ratio: Sequence[float] = (3 / 4, 4 / 3),
                     mode: str = 'area') -> np.ndarray:
    """Draw boxes inside an image from numpy's global random stream.

    'area' is the rule of torchvision's ``RandomResizedCrop``, used by the released code of DSCL:
    the scale is a share of the area, the aspect ratio is uniform in its logarithm. 'side' is
    algorithm 1 of the supplement: the scale s is a share of the width, the height is s r of the
    image's with r uniform. Both place the box uniformly; a side beyond the image's is shortened.

    Args:
        height (int): Of the image.
        width (int): Of the image.
        number (int): Boxes L.
        scale (Sequence[float]): Smallest and largest scale. Defaults to (0.05, 0.6).
        aspect_ratio (Sequence[float]): Smallest and largest ratio, of width to height ('area') or
            of the relative height to the relative width ('side'). Defaults to (3/4, 4/3).
        mode (str): 'area' or 'side'. Defaults to 'area'.

    Returns:
        np.ndarray: x1, y1, x2, y2 in whole pixels, int64 [L, 4].
    """
    boxes = np.empty((number, 4), dtype=np.int64)
    for box in boxes:
        share = np.random.uniform(*scale)
        if mode == 'area':
            ratio = math.exp(np.random.uniform(*np.log(aspect_ratio)))
            area = share * height * width
            sides = math.sqrt(area * ratio), math.sqrt(area / ratio)
        else:
            sides = share * width, share * np.random.uniform(*aspect_ratio) * height
        w, h = (min(max(round(side), 1), limit)
                for side, limit in zip(sides, (width, height), strict=True))
        y, x = np.random.randint(height - h + 1), np.random.randint(width - w + 1)
        box[:] = x, y, x + w, y + h
    return boxes


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
        if num_patches < 0 or patch_size < 1:
            raise ValueError('num_patches must be at least 0 and patch_size at least 1, got '
                             f'{num_patches} and {patch_size}.')
        if not 0 < patch_scale[0] <= patch_scale[1] <= 1:
            raise ValueError('patch_scale must be two ascending numbers in (0, 1], got '
                             f'{tuple(patch_scale)}.')
        if not 0 < aspect_ratio[0] <= aspect_ratio[1]:
            raise ValueError('aspect_ratio must be two ascending positive numbers, got '
                             f'{tuple(aspect_ratio)}.')
        if box_mode not in BOX_MODES:
            raise ValueError(f'box_mode must be one of {", ".join(BOX_MODES)}, got {box_mode!r}.')
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
