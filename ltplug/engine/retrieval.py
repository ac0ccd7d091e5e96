"""Images that resemble an image or a part of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmengine.device import get_device
from torch import nn

from ltplug.ops import pool_patches, response_maps
from ltplug.registry import MODELS

from .checkpoint_io import load_checkpoint_file

SPACES = ('projected', 'backbone')


class MapEncoder(nn.Module):
    """A backbone, with or without projection, whose features stand for images and for places.

    Args:
        backbone (nn.Module): Its last output is a feature map.
        data_preprocessor (nn.Module): Of the model.
        neck (nn.Module, optional): The projection of maps [N, C, h, w]. Defaults to their mean
            over the places.
    """

    def __init__(self,
                 backbone: nn.Module,
                 data_preprocessor: nn.Module,
                 neck: nn.Module | None = None) -> None:
        super().__init__()
        self.backbone = backbone
        self.data_preprocessor = data_preprocessor
        self.neck = neck

    def maps(self, images: torch.Tensor) -> torch.Tensor:
        """Return the last feature maps.

        Args:
            images (Tensor): Preprocessed, [N, 3, H, W].

        Returns:
            Tensor: [N, C, h, w].

        Raises:
            ValueError: If the backbone gives vectors.
        """
        maps = self.backbone(images)[-1]
        if maps.ndim != 4:
            raise ValueError(f'{type(self.backbone).__name__} gives no feature map: retrieval '
                             'takes backbones whose last output is [N, C, H, W].')
        return maps

    def embed(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the features of maps, pooled and projected.

        Args:
            maps (Tensor): [N, C, h, w].

        Returns:
            Tensor: Unit vectors, float32 [N, D].
        """
        pooled = maps.mean(dim=(2, 3)) if self.neck is None else self.neck((maps, ))[-1]
        return F.normalize(pooled.float(), dim=1)

    def embed_cells(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the features of the places of maps, each projected alone.

        Args:
            maps (Tensor): [N, C, h, w].

        Returns:
            Tensor: Unit vectors along D, float32 [N, D, h, w].
        """
        cells = self.embed(maps.movedim(1, 3).flatten(0, 2)[:, :, None, None])
        return cells.unflatten(0, (len(maps), *maps.shape[2:])).movedim(3, 1)

    def extract_feat(self, images: torch.Tensor) -> torch.Tensor:
        """Return the features of preprocessed images [N, 3, H, W], float32 [N, D]."""
        return self.embed(self.maps(images))


def load_map_encoder(config: Config, checkpoint: str | Path,
                     space: str = 'projected') -> MapEncoder:
    """Build backbone and neck of a config and load them from a checkpoint.

    Args:
        config (Config): Of a classifier or of learned features.
        checkpoint (str or Path): Its checkpoint.
        space (str): 'projected' (through the neck) or 'backbone'. Defaults to 'projected'.

    Returns:
        MapEncoder: On this machine's device and in evaluation mode.

    Raises:
        ValueError: If the space is unknown, or config and checkpoint do not fit.
    """
    if space not in SPACES:
        raise ValueError(f'space must be one of {", ".join(SPACES)}, got {space!r}.')
    names = ['backbone', 'neck'] if space == 'projected' and config.model.get('neck') else [
        'backbone']
    parts = nn.ModuleDict({name: MODELS.build(config.model[name]) for name in names})
    weights = {key: value for key, value in
               load_checkpoint_file(checkpoint).get('state_dict', {}).items()
               if key.split('.')[0] in names}
    try:
        parts.load_state_dict(weights)
    except RuntimeError:
        raise ValueError(f'{checkpoint} and the config do not fit: give the config it was trained '
                         'with.') from None
    preprocessor = {'type': 'ClsDataPreprocessor', **config.get('data_preprocessor', {})}
    neck = parts['neck'] if 'neck' in names else None
    encoder = MapEncoder(parts['backbone'], MODELS.build(preprocessor), neck)
    return encoder.to(get_device()).eval()


@dataclass
class Retrieval:
    """What was found for a query.

    Attributes:
        box (np.ndarray, optional): The part that was looked for, x1, y1, x2, y2 in pixels of the
            query, float32 [4]; None for the whole image.
        indices (np.ndarray): Positions in the gallery, the most similar first, int64 [k].
        cosines (np.ndarray): Similarity of the whole images found, float32 [k].
        responses (np.ndarray): How far every place of the query and then of the images found
            resembles what was looked for, float32 [1 + k, H, W].
    """

    box: np.ndarray | None
    indices: np.ndarray
    cosines: np.ndarray
    responses: np.ndarray


@torch.no_grad()
def retrieve(encoder: MapEncoder,
             query: dict,
             gallery: Any,
             gallery_features: np.ndarray,
             k: int,
             box: Any = None,
             excluded: Sequence[int] = ()) -> Retrieval:
    """Find the images of a gallery that resemble an image, or a part of it, most.

    Xuan and Zhang, "Decoupled Contrastive Learning for Long-Tailed Recognition", 2024, figures 1
    and 4: the feature of the image, or of a box on its feature map (eq. 11), is compared with
    those of whole images; the response map compares it with every place of an image.

    Args:
        encoder (MapEncoder): In evaluation mode.
        query (dict): A sample of a dataset, as ``PackInputs`` gives it.
        gallery (dataset): Samples of images of the query's size.
        gallery_features (np.ndarray): Unit vectors of its images, float32 [M, D].
        k (int): Images to find.
        box (array-like or Callable, optional): x1, y1, x2, y2 in pixels of the query, or a
            function of feature map and image size such as :func:`ltplug.ops.salient_boxes`.
            Defaults to the whole image.
        excluded (Sequence[int]): Positions in the gallery that are not found, such as that of the
            query itself. Defaults to none.

    Returns:
        Retrieval: What was found.

    Raises:
        ValueError: If the gallery is too small, or the box not inside the image.
    """
    if not 1 <= k <= len(gallery_features) - len(excluded):
        raise ValueError(f'Between 1 and {len(gallery_features) - len(excluded)} images can be '
                         f'found, got {k}.')
    image = _images(encoder, [query])
    size = tuple(image.shape[2:])
    maps = encoder.maps(image)
    feature = encoder.embed(maps)
    if box is not None:
        box = box(maps, size) if callable(box) else maps.new_tensor(box).view(1, 1, 4)
        x1, y1, x2, y2 = box.flatten().tolist()
        if not (0 <= x1 < x2 <= size[1] and 0 <= y1 < y2 <= size[0]):
            raise ValueError(f'The box {x1:g} {y1:g} {x2:g} {y2:g} does not lie in an image of '
                             f'{size[1]} x {size[0]} pixels: give x1 y1 x2 y2 with x1 < x2 and '
                             'y1 < y2.')
        feature = encoder.embed(pool_patches(maps.float(), box, size)[:, 0])
    cosines = gallery_features @ feature[0].cpu().numpy()
    cosines[list(excluded)] = -np.inf
    found = np.argsort(-cosines, kind='stable')[:k]
    every = torch.cat([maps, encoder.maps(_images(encoder, [gallery[int(i)] for i in found]))])
    cells = encoder.embed_cells(every)
    responses = response_maps(feature.expand(len(cells), -1), cells, size)
    return Retrieval(None if box is None else box.flatten().cpu().numpy(), found, cosines[found],
                     responses.cpu().numpy())


def _images(encoder: MapEncoder, samples: list[dict]) -> torch.Tensor:
    """Return preprocessed images [N, 3, H, W]."""
    try:
        batch = default_collate(samples)
    except RuntimeError:
        raise ValueError('The images of the query and the gallery differ in size: end the test '
                         'pipeline with a crop or a resize.') from None
    return encoder.data_preprocessor(batch, training=False)['inputs']
