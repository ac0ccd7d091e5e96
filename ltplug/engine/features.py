"""Features of a whole dataset."""

from collections.abc import Callable, Iterator
from functools import partial
from os import PathLike
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.dataset import default_collate
from mmengine.dist import all_gather, barrier, get_dist_info, is_main_process
from torch import nn
from torch.utils.data import DataLoader

from ltplug.utils import (
    evaluation_mode,
    random_streams_kept,
    track,
    unwrap_model,
    write_atomically,
)


def extract_features(model: nn.Module,
                     dataset: Any,
                     batch_size: int = 256,
                     num_workers: int = 0,
                     out_file: str | PathLike | None = None) -> np.ndarray:
    """Compute the features of every sample of a dataset.

    The model is in evaluation mode meanwhile; modes, batch norm statistics and random streams are
    left as they were. Under several processes each takes a part of the samples, and all get the
    whole result. The numbers depend on batch size and number of processes by rounding at most.

    Args:
        model (nn.Module): With ``data_preprocessor`` and ``extract_feat``, as the classifiers and
            self-supervised models of mmpretrain have them; in a wrapper such as DDP or not.
        dataset (dataset): Its pipeline ends with ``PackInputs`` and should not be random. Of
            several views the first is taken.
        batch_size (int): Samples per step and process. Defaults to 256.
        num_workers (int): Loading processes of each process. Defaults to 0.
        out_file (str or PathLike, optional): Write the features to this .npy file (whole or not at
            all) instead of holding them in memory.

    Returns:
        np.ndarray: float32[N, D] in the order of the dataset, the same on every rank; with
        ``out_file`` a read-only memory map.

    Raises:
        ValueError: If the dataset is empty or the model gives no vector or map per sample.
    """
    if len(dataset) == 0:
        raise ValueError(f'{type(dataset).__name__} is empty, so it has no features.')
    model = unwrap_model(model)
    with random_streams_kept(), evaluation_mode(model), torch.no_grad():
        blocks = outputs_of(model, dataset, partial(_pool, model), batch_size, num_workers)
        if out_file is None:
            return np.concatenate(list(blocks))
        if is_main_process():
            write_atomically(out_file, lambda file: _write_npy(file, blocks, len(dataset)))
        else:
            for _ in blocks:
                pass  # every rank takes part in every step
    barrier()
    return np.load(out_file, mmap_mode='r')


def _write_npy(file: Any, blocks: Iterator[np.ndarray], num_samples: int) -> None:
    for number, block in enumerate(blocks):
        if number == 0:
            np.lib.format.write_array_header_1_0(file, {
                'descr': np.lib.format.dtype_to_descr(block.dtype), 'fortran_order': False,
                'shape': (num_samples, block.shape[1])})
        file.write(block.tobytes())


def outputs_of(model: nn.Module, dataset: Any, compute: Callable[[Any], torch.Tensor],
               batch_size: int, num_workers: int, first: int = 0) -> Iterator[np.ndarray]:
    """Yield what a model computes of consecutive samples, the same on every rank.

    The caller puts the model into evaluation mode and switches gradients off.

    Args:
        model (nn.Module): With ``data_preprocessor``; without a wrapper such as DDP.
        dataset (dataset): Its pipeline ends with ``PackInputs`` and should not be random.
        compute (Callable): Gives [N, D] for the prepared ``inputs`` of a batch.
        batch_size (int): Samples per step and process.
        num_workers (int): Loading processes of each process.
        first (int): Sample to begin with. Defaults to 0.

    Yields:
        np.ndarray: float32[n, D], n the samples of one step over all processes.

    Raises:
        ValueError: If a sample has another size than the first one.
    """
    rank, world_size = get_dist_info()
    starts = range(first, len(dataset), batch_size * world_size)
    sizes = [min(batch_size * world_size, len(dataset) - start) for start in starts]
    # Equal shares, so that they can be gathered; the last ones may repeat the last sample.
    shares = [-(-size // world_size) for size in sizes]
    last = len(dataset) - 1
    batches = [[min(start + rank * share + i, last) for i in range(share)]
               for start, share in zip(starts, shares, strict=True)]
    loader = DataLoader(dataset, batch_sampler=batches, num_workers=num_workers,
                        collate_fn=partial(_collate, shapes=_shapes(dataset[0])))
    tracked = track(loader, 'Images', len(dataset) - first, 'images', batch_size * world_size)
    for size, batch in zip(sizes, tracked, strict=True):
        if isinstance(batch, str):
            raise ValueError(batch)
        data = model.data_preprocessor(batch, training=False)
        rows = compute(data['inputs']).float()
        yield torch.cat(all_gather(rows))[:size].cpu().numpy()


def _shapes(sample: dict) -> list[tuple[int, ...]]:
    inputs = sample['inputs']
    return [tuple(view.shape) for view in (inputs if isinstance(inputs, list) else [inputs])]


def _collate(samples: list[dict], shapes: list[tuple[int, ...]]) -> dict | str:
    """Return a batch, or why there is none: an error of a worker would come with its traceback."""
    for sample in samples:
        if _shapes(sample) != shapes:
            path = sample['data_samples'].get('img_path')
            return (f'{"An image" if path is None else path} is {_shapes(sample)} (channels, '
                    f'height, width) after the transforms, the first one is {shapes}: let the '
                    'pipeline resize images to one size.')
    return default_collate(samples)


def _pool(model: nn.Module, inputs: Any) -> torch.Tensor:
    """Return the model's features as vectors [N, D]."""
    features = model.extract_feat(inputs[0] if isinstance(inputs, list | tuple) else inputs)
    if isinstance(features, list | tuple):
        features = features[-1]
    if features.ndim == 4:
        features = F.adaptive_avg_pool2d(features, 1).flatten(1)
    if features.ndim != 2:
        raise ValueError(f'{type(model).__name__}.extract_feat gives {list(features.shape)} '
                         'instead of vectors [N, D] or maps [N, D, H, W]: let the backbone or a '
                         'neck pool them.')
    return features


class Projection(nn.Module):
    """A model whose features are those that its loss compares.

    Args:
        model (nn.Module): With ``project``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.data_preprocessor = model.data_preprocessor

    def extract_feat(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the model projects images [N, C, H, W] to, [N, D]."""
        return self.model.project(images)
