"""Images sorted into groups of classes."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure

from .style import save_figure, styled

COLUMNS = 16
LARGEST_SIDE = 64
GAP = 2


@styled
def plot_image_groups(images: Sequence[np.ndarray],
                      labels: np.ndarray,
                      groups: Mapping[str, Sequence[int]],
                      path: str | Path,
                      class_names: Sequence[str] | None = None) -> Path:
    """Draw images, one block a group and in it class by class, with their numbers in the titles.

    Args:
        images (Sequence[np.ndarray]): N images, uint8[H, W, 3], RGB.
        labels (np.ndarray): Their classes, int64[N].
        groups (Mapping[str, Sequence[int]]): Labels of each group, in the order in which classes
            are shown.
        path (str or Path): File to write; its suffix chooses the format.
        class_names (Sequence[str], optional): Names [C]. Defaults to the labels.

    Returns:
        Path: The file.
    """
    side = min(LARGEST_SIDE, max(max(image.shape[:2]) for image in images))
    blocks = {}
    for group, classes in groups.items():
        members = [np.flatnonzero(labels == label) for label in classes]
        names = [str(label) if class_names is None else class_names[label] for label in classes]
        parts = ', '.join(f'{name} ({len(each)})'
                          for name, each in zip(names, members, strict=True) if len(each))
        number = sum(map(len, members))
        title = f'{group.capitalize()} ({number})' + (f': {parts}' if parts else '')
        chosen = [images[i] for each in members for i in each]
        blocks['\n'.join(textwrap.wrap(title, 100))] = _mosaic(chosen, side)
    heights = [len(block) / (side + GAP) + 0.4 * (1 + title.count('\n'))
               for title, block in blocks.items()]
    figure = Figure(figsize=(10, 10 / COLUMNS * sum(heights)))
    panels = figure.subplots(len(blocks), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, (title, block) in zip(panels, blocks.items(), strict=True):
        axes.set_title(title, loc='left', fontsize='small')
        axes.imshow(block, interpolation='nearest')
        axes.set_anchor('NW')
        axes.set_axis_off()
    return save_figure(figure, path)


def _mosaic(images: Sequence[np.ndarray], side: int) -> np.ndarray:
    """Return the images as squares in rows of COLUMNS on white, uint8[height, width, 3]."""
    rows, step = max(-(-len(images) // COLUMNS), 1), side + GAP
    mosaic = np.full((rows * step, COLUMNS * step, 3), 255, dtype=np.uint8)
    for number, image in enumerate(images):
        top, left = (step * place for place in divmod(number, COLUMNS))
        if image.shape[:2] != (side, side):
            image = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        mosaic[top:top + side, left:left + side] = image
    return mosaic
