"""Images from anywhere, made into what the test of a config would make of them."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmcv.transforms import LoadImageFromFile, Resize
from mmengine.dataset import Compose

from ltplug.registry import TRANSFORMS

from .inspection import examine_file
from .pixels import Picture, as_array
from .stored_images import stored_images
from .transforms import LoadRGBImageFromFile

ORDERS = ('rgb', 'bgr', 'gray')
_PROBES = ((501, 703), (703, 501))  # height and width; larger than what pipelines cut out
_COLOR = (200, 100, 10)  # red, green, blue
_LAST_BYTES = {'.jpg': b'\xff\xd9', '.jpeg': b'\xff\xd9', '.png': b'IEND\xae\x42\x60\x82'}


class ImageReader:
    """Reads image files and arrays, and transforms them as the test images of a config.

    Data sets in memory have neither a step that reads files nor one that brings images to one
    size, and their channels are in another order than those of files. So what is missing is added
    here, and the order that the model has learned is found out and kept, whatever an image comes
    from.

    Args:
        dataset (Mapping): Config of the test dataset, in wrappers or not.
        train_dataset (Mapping, optional): Config of the training dataset, whose crops tell the
            size of images where the test does not.
        image_size (int, optional): Side to which images are resized where nothing tells it.
        channel_order (str, optional): 'rgb', 'bgr' or 'gray', of a dataset in memory that does not
            tell it.

    Attributes:
        order (str): 'rgb', 'bgr' or 'gray': of the images that go into the pipeline.
        packed_order (str or None): The same of what comes out; None where the pipeline changes
            colours or values.
        input_shape (tuple[int, int, int] or None): Of what comes out, [C, H, W]; None where it
            depends on the image.
        steps (list[dict]): What is done to an image after it is read, as configs.

    Raises:
        ValueError: If size or order are unknown, or are given where the config has them.
    """

    def __init__(self,
                 dataset: Mapping[str, Any],
                 train_dataset: Mapping[str, Any] | None = None,
                 image_size: int | None = None,
                 channel_order: str | None = None) -> None:
        dataset = leaf_dataset(dataset)
        steps = list(dataset.get('pipeline') or [])
        loading = [step for step in steps if _loads(step)]
        stored = stored_images(dataset)
        if channel_order not in (None, *ORDERS):
            raise ValueError(f'channel_order must be one of {", ".join(ORDERS)}, got '
                             f'{channel_order!r}.')
        if loading and channel_order is not None:
            raise ValueError('The images of this config are files, whose channels have a known '
                             'order: leave channel_order out.')
        if loading:
            self._load = Compose([TRANSFORMS.build(_local(step)) for step in loading])
        else:
            self._load = _loader_of(channel_order or stored.order, dataset['type'])
        self.order, self._dtype = _order_of(self._load)
        self._transform = Compose([TRANSFORMS.build(step) for step in steps if not _loads(step)])
        self.steps = [dict(step) for step in steps
                      if not _loads(step) and not str(step['type']).endswith('PackInputs')]
        self._resize = None
        self._fix_size(image_size, stored.size, not loading, train_dataset)
        self.packed_order, self.input_shape = self._probe()

    def _fix_size(self, given: int | None, stored: int | None, is_in_memory: bool,
                  train_dataset: Mapping[str, Any] | None) -> None:
        """Resize images where the pipeline leaves them as they are and a size is known."""
        if [shape[1:] for shape in self._shapes()] != list(_PROBES):
            if given is not None:
                raise ValueError('The test transforms of this config set the size of images: leave '
                                 'image_size out.')
            return
        size = given or stored or _trained_size(train_dataset)
        if size is not None:
            backend = 'pillow' if self._dtype == np.uint8 else 'cv2'  # the first blurs as it ought
            self._resize = Resize(scale=(size, size), backend=backend)
            self.steps.insert(0, dict(type='Resize', scale=(size, size), backend=backend))
        elif is_in_memory:
            raise ValueError('The config does not tell how large its images are, so others cannot '
                             'be brought to their size: pass image_size=PIXELS.')

    def _shapes(self) -> list[tuple[int, ...]]:
        return [tuple(self(np.zeros((*shape, 3), np.uint8), 'rgb').shape) for shape in _PROBES]

    def _probe(self) -> tuple[str | None, tuple[int, ...] | None]:
        shapes = self._shapes()
        fixed = shapes[0] if shapes[0] == shapes[1] else None
        packed = self(np.full((*_PROBES[0], 3), _COLOR, np.uint8), 'rgb').float()
        channels = packed.mean(dim=(1, 2)).round().tolist()
        is_even = bool((packed == packed[:, :1, :1]).all())
        orders = {(200, 100, 10): 'rgb', (10, 100, 200): 'bgr'}
        if len(channels) == 1 and self.order == 'gray':
            return ('gray' if is_even and abs(channels[0] - 120) < 2 else None), fixed
        return (orders.get(tuple(channels)) if is_even else None), fixed

    def __call__(self, image: str | os.PathLike | Picture,
                 channel_order: str | None = None) -> torch.Tensor:
        """Read and transform one image.

        Args:
            image (path, array or PIL image): A file; uint8 [H, W] or [H, W, 3]; or a PIL image.
            channel_order (str, optional): Of an array with channels: 'rgb' or 'bgr'.

        Returns:
            Tensor: [C, H, W], before the data preprocessor of the model.

        Raises:
            OSError: If the file is missing or broken.
            Exception: Whatever else a decoder or a transform raises.
        """
        if isinstance(image, str | os.PathLike):
            results = self._load({'img_path': _whole(os.fspath(image))})
            if results is None:
                raise OSError('it is empty or broken')
        else:
            pixels = np.ascontiguousarray(self._in_order(*as_array(image, channel_order)))
            shape = pixels.shape[:2]
            results = {'img': pixels.astype(self._dtype, copy=False), 'img_shape': shape,
                       'ori_shape': shape}
        if self._resize is not None:
            results = self._resize(results)
        inputs = self._transform(results)['inputs']
        if not isinstance(inputs, torch.Tensor) or inputs.ndim != 3:
            raise ValueError('The test transforms of this config make several views of an image; '
                             'prediction takes one.')
        return inputs

    def _in_order(self, pixels: np.ndarray, order: str) -> np.ndarray:
        if order == self.order:
            return pixels
        if order == 'gray':
            return np.repeat(pixels[..., None], 3, axis=2)
        if self.order == 'gray':
            return cv2.cvtColor(pixels, getattr(cv2, f'COLOR_{order.upper()}2GRAY'))
        return pixels[..., ::-1]


def leaf_dataset(dataset: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the config of the dataset below all wrappers; of several, of the first.

    Args:
        dataset (Mapping): Config of a dataset.

    Returns:
        Mapping: The part that reads images.
    """
    while True:
        inner = dataset.get('dataset') or dataset.get('labeled') or next(
            iter(dataset.get('datasets') or ()), None)
        if not isinstance(inner, Mapping):
            return dataset
        dataset = inner


def _loads(step: Mapping[str, Any]) -> bool:
    return str(step['type']).split('.')[-1].startswith('Load')


def _local(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reading step without the storage of the training, for local files."""
    return {key: value for key, value in step.items()
            if key not in ('backend_args', 'file_client_args')}


def _loader_of(order: str | None, dataset: str) -> LoadImageFromFile:
    """Return the step that reads files as a dataset has its images in memory."""
    if order is None:
        raise ValueError(f'{dataset} keeps its images in memory and does not tell the order of '
                         "their channels: pass channel_order='rgb', 'bgr' or 'gray'.")
    if order == 'rgb':
        return LoadRGBImageFromFile()
    return LoadImageFromFile(color_type='grayscale' if order == 'gray' else 'color')


def _order_of(load: Any) -> tuple[str, np.dtype]:
    """Return order and type of the arrays that a step makes of files, by letting it read one."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / 'red.png')
        cv2.imwrite(path, np.full((8, 8, 3), (0, 0, 255), np.uint8))
        pixels = load({'img_path': path})['img']
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return 'gray', pixels.dtype
    return ('rgb' if pixels[0, 0, 0] > pixels[0, 0, 2] else 'bgr'), pixels.dtype


def _trained_size(dataset: Mapping[str, Any] | None) -> int | None:
    """Return the size of what the last crop or resize of a training leaves."""
    if dataset is None:
        return None
    sizes = list(_sizes(list(leaf_dataset(dataset).get('pipeline') or [])))
    return sizes[-1] if sizes else None


def _sizes(value: Any) -> Iterator[int]:
    if isinstance(value, Mapping):
        for key in ('crop_size', 'scale', 'size'):
            given = value.get(key)
            pair = list(given) if isinstance(given, list | tuple) else [given] * 2
            if len(pair) == 2 and isinstance(pair[0], int) and pair[0] == pair[1]:
                yield pair[0]
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _sizes(item)


def _whole(path: str) -> str:
    """Return the path of an image that is not cut off; OpenCV would fill the gap with grey."""
    with open(path, 'rb') as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 64))
        last = file.read()
    if last.rstrip(b'\0').endswith(_LAST_BYTES.get(Path(path).suffix.lower(), b'\0')):
        return path
    reason = examine_file(path)[1]
    if reason is not None:
        raise OSError(reason)
    return path
