"""Augmentation of whole batches on the device of the model."""

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from mmpretrain.models import SelfSupDataPreprocessor

from ltplug.ops.packing import moved_together
from ltplug.ops.transfer import moved_to
from ltplug.registry import MODELS

from .batch import as_sample_list, move_samples
from .batched_views import (
    BatchedGlobalPatchViews,
    BatchedMultiView,
    BatchedSingleView,
    Stacks,
    unstacked,
)
from .data_preprocessor import MultiViewDataPreprocessor

# On a CPU parts of a batch stay in its cache, and the allocator reuses their memory.
CPU_CHUNK = 128


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
            step = {key: value for key, value in pipeline[0].items() if key != '_scope_'}
            self.augment = VIEWS[step.pop('type')](**step)
        else:
            self.augment = BatchedSingleView(pipeline)

    @property
    def batch_augments(self) -> Any:
        """RandomBatchAugment, optional: Of the inner preprocessor, for models that refuse it."""
        return getattr(self.preprocessor, 'batch_augments', None)

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
        stacks, boxes = self._augment(images, images[0].device.type != 'cpu')
        views = unstacked(stacks)
        inputs = views if self.gives_views else views[0]
        samples = data.get('data_samples')
        if samples:
            move_samples(samples, self.device)
        if boxes[0] is not None:
            as_sample_list(samples).set_tensors('patch_boxes',
                                                moved_to(torch.cat(boxes), self.device))
        if getattr(self.preprocessor, 'to_onehot', False):  # it changes labels too
            return self.preprocessor({'inputs': inputs, 'data_samples': samples}, training)
        prepared = self._prepared(stacks, inputs, training)
        return {**prepared, 'data_samples': samples}

    def _prepared(self, stacks: Stacks, inputs: list[torch.Tensor] | torch.Tensor,
                  training: bool) -> dict[str, Any]:
        """Let the inner preprocessor normalise views, those of one size at once."""
        # of others the views might have a meaning of their own
        together = self.gives_views and type(self.preprocessor) in (
            SelfSupDataPreprocessor, MultiViewDataPreprocessor)
        if together:
            inputs = [stack for stack, _ in stacks]
        prepared = self.preprocessor({'inputs': inputs, 'data_samples': None}, training)
        if together:
            prepared['inputs'] = unstacked([(each, places) for each, (_, places) in zip(
                prepared['inputs'], stacks, strict=True)])
        return prepared

    def _augment(self, images: list[torch.Tensor], at_once: bool,
                 ) -> tuple[Stacks, list[torch.Tensor | None]]:
        """Return the views, and the boxes of patches, chunk by chunk.

        Args:
            images (list[Tensor]): [N, 3, H, W], of all views or of each.
            at_once (bool): Whether to take every step with the whole batch.

        Returns:
            tuple: The views, and a list of boxes [n, L, 4] or None.
        """
        number = len(images[0])
        with torch.autocast(images[0].device.type, enabled=False):
            # half precision would cost whole grey levels
            drawn = self.augment.draw(number, [tuple(each.shape[-2:]) for each in images])
            if at_once:
                drawn = moved_together(drawn, images[0].device)
            size = number if at_once else CPU_CHUNK
            chunks = [self._augment_chunk(
                [each[start:start + size] for each in images],
                [each[:, start:start + size] for each in drawn], at_once)
                for start in range(0, number, size)]
        stacks, boxes = zip(*chunks, strict=True)
        if len(chunks) == 1:
            return stacks[0], boxes
        return [(torch.cat([stack for stack, _ in parts]), parts[0][1])
                for parts in zip(*stacks, strict=True)], boxes

    def _augment_chunk(self, images: list[torch.Tensor], drawn: list[torch.Tensor], at_once: bool,
                       ) -> tuple[Stacks, torch.Tensor | None]:
        if self.channel_order == 'rgb':
            return self.augment(images, drawn, at_once)
        stacks, boxes = self.augment([each.flip(1) for each in images], drawn, at_once)
        return [(stack.flip(1), places) for stack, places in stacks], boxes
