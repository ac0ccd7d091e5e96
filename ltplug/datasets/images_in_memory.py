"""Ready images of one size, handed out a batch at a time."""

from collections.abc import Sequence
from typing import Any

import torch

from ltplug.registry import DATASETS
from ltplug.structures import SampleList
from ltplug.utils import track

from .draw import Draw, DrawDataset


@DATASETS.register_module()
class ImagesInMemory(DrawDataset):
    """A dataset whose pipeline draws nothing, kept as one tensor of images.

    A batch is a copy of some of its rows, instead of many calls of a pipeline: what is left to
    load where :class:`ltplug.models.utils.BatchedAugmentation` transforms the images. It is read
    once, before loading processes start, which then share it. The collate function must be
    :func:`ltplug.datasets.collate_samples`.

    Args:
        dataset (dict or dataset): Gives images of one size and dtype; its pipeline ends with
            ``PackInputs`` and has no random step.
        lazy_init (bool): Whether to leave the wrapped dataset unread for now. Defaults to False.

    Raises:
        ValueError: If the images differ in size or dtype, or samples in what they hold.
    """

    def full_init(self) -> None:
        """Read all images."""
        if self._fully_initialized:
            return
        super().full_init()
        self._fully_initialized = False  # not before all images have been read
        number = len(self.dataset)
        self._images: torch.Tensor | None = None
        samples = []
        for index in track(range(number), 'Reading images', unit='images'):
            results = self.dataset[index]
            image = results['inputs']
            if self._images is None:
                self._images = image.new_empty((number, *image.shape))
            if (image.shape, image.dtype) != (self._images.shape[1:], self._images.dtype):
                raise ValueError(
                    'Batches are made of images of one size and type, and image '
                    f'{index} of {type(self.dataset).__name__} is {list(image.shape)} '
                    f'{image.dtype} where the first is {list(self._images.shape[1:])} '
                    f'{self._images.dtype}: set batched_augmentation=False.')
            self._images[index] = image
            samples.append(results['data_samples'])
        columns = SampleList(samples).columns()
        if columns is None:
            raise ValueError(f'The samples of {type(self.dataset).__name__} differ in what they '
                             'hold, such as the number of labels: set batched_augmentation=False.')
        self._tensors, self._marks = columns
        self._fully_initialized = True

    def __getitems__(self, items: Sequence[int | Draw]) -> dict[str, Any]:
        """Return a batch.

        Args:
            items (Sequence[int or Draw]): Positions or draws, N; seeds are of no use here.

        Returns:
            dict: ``inputs``, [N, C, H, W], and ``data_samples``, a :class:`SampleList`.
        """
        self.full_init()
        draws = [item if isinstance(item, Draw) else Draw(int(item)) for item in items]
        positions = [draw.index for draw in draws]
        rows = torch.tensor(positions)
        marks = {name: [values[position] for position in positions]
                 for name, values in self._marks.items()}
        marks.update(dataset_index=positions, branch=[draw.branch for draw in draws])
        tensors = {name: values[rows] for name, values in self._tensors.items()}
        return {'inputs': self._images[rows],
                'data_samples': SampleList.from_columns(len(rows), tensors, marks)}
