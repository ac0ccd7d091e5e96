"""Predicting in which order the tiles of an image are shown."""

import torch
from mmpretrain.structures import DataSample

from ltplug.models.utils import draw_jointly, pretext_loss
from ltplug.ops import cut_tiles, distant_permutations, normalize_tiles
from ltplug.ops.transfer import moved_to
from ltplug.registry import MODELS

from .self_supervisor import SelfSupervisor, check_single_images


@MODELS.register_module()
class JigsawPredictor(SelfSupervisor):
    """Jigsaw puzzles: a classifier tells which permutation of its tiles an image is shown in.

    Noroozi and Favaro, "Unsupervised Learning of Visual Representations by Solving Jigsaw
    Puzzles", 2016. Every image is cut into a grid; every tile, a random part of its cell,
    normalised on its own, passes the backbone alone; the pooled features, in the order of a drawn
    permutation of a fixed set (:func:`ltplug.ops.distant_permutations`), are concatenated for the
    classifier. All permutations come as often in the joint batch of all processes, up to one.

    The pipeline gives single images, collated by ``default_collate``.

    Args:
        backbone (dict): Must take images of the size of a tile.
        jigsaw_head (dict): A classifier of the permutations, such as ``StackedLinearClsHead``:
            ``num_classes`` is their number and ``in_channels`` the width of the pooled features
            times the number of tiles.
        neck (dict, optional): Defaults to mmpretrain's ``GlobalAveragePooling``.
        grid (int): Tiles in each direction, 2 or 3. Defaults to 3.
        tile_size (int): Height and width of the tiles in pixels; smaller than the cells of the
            grid, so that edges betray nothing.
        permutation_seed (int): Of the set of permutations. Defaults to 0.
        data_preprocessor (dict, optional): Defaults to ``SelfSupDataPreprocessor``.
        init_cfg (dict or list[dict], optional): How to initialise weights.

    Raises:
        ValueError: If the tiles have not as many permutations.
    """

    def __init__(self,
                 backbone: dict,
                 jigsaw_head: dict,
                 tile_size: int,
                 neck: dict | None = None,
                 grid: int = 3,
                 permutation_seed: int = 0,
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(backbone, neck or dict(type='GlobalAveragePooling'),
                         data_preprocessor=data_preprocessor, init_cfg=init_cfg)
        self.jigsaw_head = MODELS.build(jigsaw_head)
        self.grid = grid
        self.tile_size = tile_size
        self.register_buffer('permutations', torch.from_numpy(distant_permutations(
            grid**2, self.jigsaw_head.num_classes, permutation_seed)))

    def loss(self, inputs: torch.Tensor,
             data_samples: list[DataSample]) -> dict[str, torch.Tensor]:
        """Compute the loss of a batch.

        Args:
            inputs (Tensor): Images, [N, C, H, W].
            data_samples (list[DataSample]): Not used.

        Returns:
            dict[str, Tensor]: ``loss`` and, in percent, ``jigsaw_accuracy``.

        Raises:
            ValueError: If the tiles do not fit into the cells of the images.
        """
        check_single_images(inputs)
        tiles = normalize_tiles(cut_tiles(inputs, self._draw_offsets(inputs), self.tile_size))
        targets = draw_jointly(inputs, self._draw_targets)
        features = self.neck(self.backbone(tiles.flatten(0, 1)))[-1].unflatten(0, tiles.shape[:2])
        order = self.permutations[targets]
        shown = features.gather(1, order[..., None].expand_as(features))
        loss, accuracy = pretext_loss(self.jigsaw_head, (shown.flatten(1), ), targets)
        return {'loss': loss, 'jigsaw_accuracy': accuracy}

    def _draw_targets(self, number: int) -> torch.Tensor:
        device, classes = self.permutations.device, len(self.permutations)
        # which permutations come once more must not be the same in every batch
        first = torch.randint(classes, (1, ), device=device)
        return (torch.randperm(number, device=device) + first) % classes

    def _draw_offsets(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return where tiles lie in their cells, int64[N, G, G, 2]."""
        rooms = torch.tensor([length // self.grid - self.tile_size + 1
                              for length in inputs.shape[2:]]).clamp(min=1)
        rooms = moved_to(rooms, inputs.device, inputs.dtype)

        def draw(number: int) -> torch.Tensor:
            shares = torch.rand(number, self.grid, self.grid, 2, device=inputs.device)
            return (shares * rooms).long()

        return draw_jointly(inputs, draw)
