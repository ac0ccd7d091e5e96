"""Scores of images, batch after batch."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from ltplug.utils import evaluation_mode, show_progress


class _Readable(Dataset):
    """Images by number; one that cannot be read is the reason why."""

    def __init__(self, images: Sequence[Any], read: Callable[[Any], torch.Tensor]) -> None:
        self.images = images
        self.read = read

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> torch.Tensor | str:
        try:
            return self.read(self.images[index])
        except Exception as error:  # decoders raise anything, and the other images must go on
            reason = getattr(error, 'strerror', None) or str(error).strip()
            return ' '.join((reason or type(error).__name__).split())


def _by_shape(items: list[torch.Tensor | str]) -> tuple[dict[int, str], list]:
    """Return what failed, by position, and positions and batches of images of one size each."""
    failed = {position: item for position, item in enumerate(items) if isinstance(item, str)}
    same = defaultdict(list)
    for position, item in enumerate(items):
        if position not in failed:
            same[item.shape].append(position)
    return failed, [(positions, torch.stack([items[position] for position in positions]))
                    for positions in same.values()]


def predicted_scores(model: nn.Module, images: Sequence[Any],
                     read: Callable[[Any], torch.Tensor], batch_size: int = 64,
                     num_workers: int = 0) -> Iterator[list[torch.Tensor | str]]:
    """Yield the scores of images, one list a batch, in their order.

    Nothing of earlier batches is kept.

    Args:
        model (nn.Module): A classifier with its data preprocessor.
        images (Sequence): The images.
        read (Callable): Makes a tensor [C, H, W] of one of them; if it fails, the others go on.
        batch_size (int): Images per step. Defaults to 64.
        num_workers (int): Processes that read images. Defaults to 0, this one.

    Yields:
        list[Tensor | str]: Of every image the scores float32[C], on the CPU, or why it cannot be
        predicted.
    """
    loader = DataLoader(_Readable(images, read), batch_size, num_workers=num_workers,
                        collate_fn=_by_shape)
    with show_progress('Predicting', len(images), 'images') as advance:
        for failed, batches in loader:
            rows: dict[int, torch.Tensor | str] = dict(failed)
            for positions, inputs in batches:
                rows.update(zip(positions, image_scores(model, inputs), strict=True))
            yield [rows[position] for position in range(len(rows))]
            advance(len(rows))


def image_scores(model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """Return the scores that a classifier gives at test.

    Args:
        model (nn.Module): A classifier with its data preprocessor.
        inputs (Tensor): Images before the data preprocessor, [N, C, H, W].

    Returns:
        Tensor: float32[N, C], on the CPU.
    """
    with evaluation_mode(model), torch.no_grad():
        data = model.data_preprocessor({'inputs': inputs, 'data_samples': None}, training=False)
        samples = model(data['inputs'], mode='predict')
        return torch.stack([sample.pred_score for sample in samples]).float().cpu()
