"""Augmentation of whole batches on the device of the model."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor

from ltplug.ops.batched_resampling import resized_crops
from ltplug.ops.patch_boxes import check_patch_arguments, draw_patch_boxes
from ltplug.ops.transfer import moved_to
from ltplug.registry import MODELS

from .batch import as_sample_list, move_samples
from .batched_pipelines import BatchedChain

# On a CPU parts of a batch stay in its cache, and the allocator reuses their memory.
CPU_CHUNK = 128


def change_batches(chain: BatchedChain, images: Sequence[torch.Tensor],
                   at_once: bool | None = None) -> list[torch.Tensor]:
    """Apply a chain of transforms to several batches of images of one size.

    Args:
        chain (BatchedChain): The transforms.
        images (Sequence[Tensor]): Batches, each [N, 3, H, W]; they are left as they are.
        at_once (bool, optional): Whether to make one batch of them. Defaults to what is faster: yes
            on a GPU, where the number of steps counts, no on a CPU.

    Returns:
        list[Tensor]: The changed batches.
    """
    if at_once is None:
        at_once = images[0].device.type != 'cpu'
    if not at_once:
        return [chain(each.clone()) for each in images]
    return list(chain(torch.cat(list(images))).split([len(each) for each in images]))


class BatchedMultiView:
    """mmpretrain's ``MultiView`` for batches.

    Args:
        transforms (list[list[dict]]): The chains of transforms.
        num_views (int or list[int]): Views by each chain.
    """

    def __init__(self, transforms: list[list[dict]], num_views: int | list[int]) -> None:
        counts = [num_views] * len(transforms) if isinstance(num_views, int) else num_views
        self.chains = [(BatchedChain(chain), count)
                       for chain, count in zip(transforms, counts, strict=True)]

    def __call__(self, *images: torch.Tensor) -> tuple[list[torch.Tensor], None]:
        """Return the views of RGB images, float [N, 3, H, W], or of one such tensor per view."""
        number = sum(count for _, count in self.chains)
        remaining = iter(images * number if len(images) == 1 else images)
        return [view for chain, count in self.chains
                for view in change_batches(chain, [next(remaining) for _ in range(count)])], None


class BatchedGlobalPatchViews:
    """:class:`ltplug.datasets.transforms.GlobalPatchViews` for batches, with its arguments."""

    def __init__(self, geometry: list[dict], query: list[dict], key: list[dict], crop: list[dict],
                 num_patches: int = 5, patch_size: int = 64,
                 patch_scale: tuple[float, float] = (0.05, 0.6),
                 aspect_ratio: tuple[float, float] = (3 / 4, 4 / 3),
                 box_mode: str = 'area') -> None:
        check_patch_arguments(num_patches, patch_size, patch_scale, aspect_ratio, box_mode)
        self.geometry, self.query, self.key, self.crop = map(
            BatchedChain, (geometry, query, key, crop))
        self.num_patches, self.patch_size = num_patches, patch_size
        self.box_arguments = tuple(patch_scale), tuple(aspect_ratio), box_mode

    def __call__(self, images: torch.Tensor, other: torch.Tensor | None = None,
                 ) -> tuple[list[torch.Tensor], torch.Tensor | None]:
        """Return the views of RGB images, float [N, 3, H, W], and boxes [N, L, 4] if any.

        With two tensors the key view is made of the second.
        """
        other = images if other is None else other
        view = self.geometry(images.clone())
        number, (height, width) = len(view), view.shape[-2:]
        boxes = torch.from_numpy(draw_patch_boxes(
            height, width, number * self.num_patches, *self.box_arguments)).float()
        boxes = boxes.view(number, self.num_patches, 4)
        size = (self.patch_size, self.patch_size)
        places = moved_to(boxes, view.device).unbind(1)
        patches = [resized_crops(view, each, size) for each in places]
        crops = change_batches(self.crop, patches) if patches else []
        views = [self.query(view), self.key(other.clone()), *crops]
        return views, boxes if self.num_patches else None


class BatchedSingleView:
    """A chain of transforms that gives one image each.

    Args:
        transforms (list[dict]): The transforms.
    """

    def __init__(self, transforms: list[dict]) -> None:
        self.transforms = BatchedChain(transforms)

    def __call__(self, images: torch.Tensor) -> tuple[list[torch.Tensor], None]:
        """Return the views of RGB images, float [N, 3, H, W], and boxes [N, L, 4] if any."""
        return [self.transforms(images.clone())], None


VIEWS = {'MultiView': BatchedMultiView, 'ltplug.GlobalPatchViews': BatchedGlobalPatchViews}


def makes_views(pipeline: list[dict]) -> bool:
    """Tell whether transforms give a list of views instead of one image.

    Args:
        pipeline (list[dict]): The transforms.

    Returns:
        bool: True for a single ``MultiView`` or ``GlobalPatchViews``.
    """
    return len(pipeline) == 1 and pipeline[0]['type'] in VIEWS


def _stacked(inputs: torch.Tensor | Sequence) -> list[torch.Tensor]:
    """Return the images of a batch as one tensor, or those of all its views as one each."""
    if isinstance(inputs, torch.Tensor):
        return [inputs]
    if isinstance(inputs[0], torch.Tensor) and inputs[0].dim() == 3:
        return [torch.stack(list(inputs))]
    return [tensor for view in inputs for tensor in _stacked(view)]


@MODELS.register_module()
class BatchedAugmentation(BaseDataPreprocessor):
    """Augments whole batches on the model's device, then prepares them as another preprocessor.

    For images whose transforms one by one take longer than the network. Batches are augmented in
    training only. The same distribution as the per-image pipeline, other random numbers; values
    between the transforms are not rounded to whole grey levels. Where the dataset crops images of
    files to one size, the batch starts from the rounded crops. Made from any config by
    ``batched_augmentation=True``.

    Args:
        pipeline (list[dict]): The transforms that were taken out of the dataset's pipeline: chains
            of those in ``ltplug.models.utils.batched_pipelines``, or one ``MultiView`` or
            ``ltplug.GlobalPatchViews`` of such chains.
        preprocessor (dict): The preprocessor that normalises the views.
        batch_augments (dict, optional): Mixing of images, which mmpretrain's classifiers hand to
            their preprocessor; goes to the inner one.
        channel_order (str): 'rgb' or 'bgr', of the images as they come. Defaults to 'rgb'.

    Raises:
        ValueError: If a transform has no batched version, or the order is unknown.

    Example:
        In a config::

            data_preprocessor = dict(
                type='ltplug.BatchedAugmentation',
                pipeline=[
                    dict(type='RandomCrop', crop_size=32, padding=4),
                    dict(type='RandomFlip', prob=0.5)],
                preprocessor=dict(type='ClsDataPreprocessor', mean=[125.3, 123.0, 113.9],
                                  std=[51.6, 50.8, 51.3]))
    """

    def __init__(self,
                 pipeline: list[dict],
                 preprocessor: dict,
                 batch_augments: dict | None = None,
                 channel_order: str = 'rgb') -> None:
        super().__init__()
        if channel_order not in ('rgb', 'bgr'):
            raise ValueError(f"channel_order must be 'rgb' or 'bgr', got {channel_order!r}.")
        if batch_augments is not None:
            preprocessor = {**preprocessor, 'batch_augments': batch_augments}
        self.preprocessor = MODELS.build(preprocessor)
        self.channel_order = channel_order
        self.gives_views = makes_views(pipeline)
        if self.gives_views:
            step = dict(pipeline[0])
            self.augment = VIEWS[step.pop('type')](**step)
        else:
            self.augment = BatchedSingleView(pipeline)

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Augment and prepare a batch.

        Args:
            data (dict): ``inputs``, images uint8 or float [N, 3, H, W] in [0, 255], a list of
                such images, or a list with the images of every view, and ``data_samples``.
            training (bool): Whether to augment. Defaults to False.

        Returns:
            dict: What the inner preprocessor returns; data samples gain ``patch_boxes``, float
            [L, 4], where there are patches.
        """
        if not training:
            return self.preprocessor(data, training)
        images = [each.to(self.device, non_blocking=True) for each in _stacked(data['inputs'])]
        device = images[0].device.type
        size = CPU_CHUNK if device == 'cpu' else len(images[0])
        chunks = (each.split(size) for each in images)
        # half precision would cost whole grey levels
        with torch.autocast(device, enabled=False):
            views, boxes = zip(*map(self._augment, *chunks), strict=True)
        views = [torch.cat(parts) for parts in zip(*views, strict=True)]
        samples = data.get('data_samples')
        if boxes[0] is not None:
            as_sample_list(samples).set_tensors('patch_boxes',
                                                moved_to(torch.cat(boxes), self.device))
        inputs = views if self.gives_views else views[0]
        if samples:
            move_samples(samples, self.device)
        if getattr(self.preprocessor, 'to_onehot', False):  # it changes labels too
            return self.preprocessor({'inputs': inputs, 'data_samples': samples}, training)
        prepared = self.preprocessor({'inputs': inputs, 'data_samples': None}, training)
        return {**prepared, 'data_samples': samples}

    def _augment(self, *images: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor | None]:
        is_bgr = self.channel_order == 'bgr'
        images = [each.float() for each in images]
        views, boxes = self.augment(*(each.flip(1) if is_bgr else each for each in images))
        return [view.flip(1) for view in views] if is_bgr else views, boxes
