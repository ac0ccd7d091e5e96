"""Views of whole batches of images: what is drawn, and the views made of it.

Chains of transforms that differ only in what they draw change their images together on a GPU,
where the number of steps counts. On a CPU every view is made by itself.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

import torch

from ltplug.ops.patch_boxes import check_patch_arguments, draw_patch_boxes

from .batched_geometry import BatchedCropping
from .batched_pipelines import BatchedChain
from .batched_transforms import Size

# Views of one size in one tensor, first all images of one view, and the places of these views.
Stacks = list[tuple[torch.Tensor, list[int]]]


def unstacked(stacks: Stacks) -> list[torch.Tensor]:
    """Return the views in their order.

    Args:
        stacks (list[tuple[Tensor, list[int]]]): Views of one size in one tensor [V * N, ...], and
            their places.

    Returns:
        list[Tensor]: Parts of these tensors, [N, ...] each.
    """
    views = {}
    for stack, places in stacks:
        views.update(zip(places, stack.chunk(len(places)), strict=True))
    return [views[place] for place in sorted(views)]


class BatchedChains:
    """Several chains, each for its own view.

    Args:
        chains (Sequence[BatchedChain]): A chain for every view; several views may have the same.
    """

    def __init__(self, chains: Sequence[BatchedChain]) -> None:
        self.chains = list(chains)

    def draw(self, number: int, sizes: Sequence[Size]) -> list[torch.Tensor]:
        """Draw the parameters of all views.

        Args:
            number (int): Images N of every view.
            sizes (Sequence[tuple[int, int]]): Height and width of the images of every view.

        Returns:
            list[Tensor]: Of every group of chains alike, float32 [views, N, width] on the CPU.
        """
        drawn = []
        views = zip(self.chains, sizes, strict=True)
        for (chain, size), same in groupby(views, key=lambda view: view):
            count = len(list(same))
            drawn += chain.draw(count * number, size).view(count, number, chain.width)
        return [torch.stack([drawn[place] for place in places]) for places in self._groups(sizes)]

    def __call__(self, images: Sequence[torch.Tensor], parameters: Iterable[torch.Tensor],
                 at_once: bool, may_change: bool = False) -> Stacks:
        """Make the views.

        Args:
            images (Sequence[Tensor]): Those of every view, RGB [N, 3, H, W] of any dtype.
            parameters (Iterable[Tensor]): As drawn, on the same device; no more are taken.
            at_once (bool): Whether chains alike change their images at once, see
                :class:`~.batched_transforms.BatchedTransform`.
            may_change (bool): Whether the images, float then, may be changed. Defaults to False.

        Returns:
            list[tuple[Tensor, list[int]]]: For :func:`unstacked`.
        """
        stacks = []
        groups = self._groups([each.shape[-2:] for each in images])
        for places, rows in zip(groups, parameters, strict=False):
            chain = self.chains[places[0]]
            if at_once:
                stacks.append((chain(_joined([images[place] for place in places], chain.makes_new),
                                     rows.flatten(0, 1), at_once), places))
                continue
            for place, each in zip(places, rows, strict=True):
                given = images[place]
                if not (may_change or chain.makes_new):
                    given = given.to(torch.float32, copy=True)
                stacks.append((chain(given, each, at_once), [place]))
        return stacks

    def sizes_after(self, sizes: Sequence[Size]) -> list[Size]:
        """Return the height and width of every view."""
        return [chain.size_after(tuple(size)) for chain, size in zip(
            self.chains, sizes, strict=True)]

    def _groups(self, sizes: Sequence[Size]) -> list[list[int]]:
        """Return the places of views whose chains are alike and whose images are of one size."""
        groups: dict[tuple, list[int]] = {}
        for place, (chain, size) in enumerate(zip(self.chains, sizes, strict=True)):
            groups.setdefault((chain.key, tuple(size)), []).append(place)
        return list(groups.values())


def _joined(images: list[torch.Tensor], once: bool) -> torch.Tensor:
    """Return the images of several views in one tensor; once, if all are the same and may be."""
    if all(each is images[0] for each in images):
        if once:
            return images[0]
        return images[0].float().repeat(len(images), 1, 1, 1)
    joined = torch.cat(images)
    return joined if once else joined.float()


class BatchedMultiView:
    """mmpretrain's ``MultiView`` for batches.

    Args:
        transforms (list[list[dict]]): The chains of transforms.
        num_views (int or list[int]): Views by each chain.
    """

    def __init__(self, transforms: list[list[dict]], num_views: int | list[int]) -> None:
        counts = [num_views] * len(transforms) if isinstance(num_views, int) else num_views
        self.chains = BatchedChains([
            chain for steps, count in zip(transforms, counts, strict=True)
            for chain in [BatchedChain.of(steps)] * count])

    def draw(self, number: int, sizes: Sequence[Size]) -> list[torch.Tensor]:
        """Draw parameters for images of one size, or of the sizes of all views."""
        return self.chains.draw(number, self._of_all(sizes))

    def __call__(self, images: Sequence[torch.Tensor], parameters: list[torch.Tensor],
                 at_once: bool) -> tuple[Stacks, None]:
        """Return the views of images, or of one such tensor per view."""
        return self.chains(self._of_all(images), parameters, at_once), None

    def _of_all(self, given: Sequence) -> list:
        return list(given) * (len(self.chains.chains) if len(given) == 1 else 1)


class BatchedSingleView(BatchedMultiView):
    """A chain of transforms that gives one image each.

    Args:
        transforms (list[dict]): The transforms.
    """

    def __init__(self, transforms: list[dict]) -> None:
        super().__init__([transforms], 1)


class BatchedPatchCrop(BatchedCropping):
    """Cuts the patches of ``GlobalPatchViews``: its boxes are drawn from numpy's global stream.

    The parameters of a patch begin with its box.

    Args:
        patch_size (int): Height and width of the patches.
        box_arguments (tuple): Scale, aspect ratio and mode of :func:`draw_patch_boxes`.
    """

    width = 4 + BatchedCropping.width

    def __init__(self, patch_size: int, box_arguments: tuple) -> None:
        super().__init__(patch_size)
        self.key = ('patches', *self.key)
        self.box_arguments = box_arguments

    def draw_boxes(self, number: int, size: Size) -> torch.Tensor:
        """Draw x1, y1, x2, y2 of the patches, [number, 4]."""
        return torch.from_numpy(draw_patch_boxes(*size, number, *self.box_arguments)).float()

    def draw(self, number: int, size: Size) -> torch.Tensor:
        """Draw boxes and flips."""
        boxes = self.draw_boxes(number, size)
        return torch.cat([boxes, self.parameters_of(boxes)], dim=1)

    def __call__(self, images: torch.Tensor, parameters: torch.Tensor,
                 at_once: bool) -> torch.Tensor:
        """Cut one or several patches out of every image."""
        return super().__call__(images, parameters[:, 4:], at_once)


class BatchedGlobalPatchViews:
    """:class:`ltplug.datasets.transforms.GlobalPatchViews` for batches, with its arguments.

    Raises:
        ValueError: If an argument is out of range, or ``query`` moves pixels.
    """

    def __init__(self, geometry: list[dict], query: list[dict], key: list[dict], crop: list[dict],
                 num_patches: int = 5, patch_size: int = 64,
                 patch_scale: tuple[float, float] = (0.05, 0.6),
                 aspect_ratio: tuple[float, float] = (3 / 4, 4 / 3),
                 box_mode: str = 'area') -> None:
        check_patch_arguments(num_patches, patch_size, patch_scale, aspect_ratio, box_mode)
        geometry, query, key = map(BatchedChain.of, (geometry, query, key))
        if query.moves_pixels:
            raise ValueError('The query transforms of GlobalPatchViews come after the boxes were '
                             'drawn and must not move pixels: move flips, crops and affine maps '
                             'to geometry.')
        patch = BatchedChain([
            BatchedPatchCrop(patch_size, (tuple(patch_scale), tuple(aspect_ratio), box_mode)),
            *BatchedChain.of(crop).transforms])
        # what begins as the geometry can be done with it
        start = len(geometry.transforms) if key.key[:len(geometry.key)] == geometry.key else 0
        self.starts = BatchedChains([geometry, BatchedChain(key.transforms[:start])])
        self.ends = BatchedChains([query, BatchedChain(key.transforms[start:])])
        self.patches = BatchedChains([patch] * num_patches)

    def draw(self, number: int, sizes: Sequence[Size]) -> list[torch.Tensor]:
        """Draw parameters for images of one size, or of two: the key view's are the last."""
        sizes = [sizes[0], sizes[-1]]
        middle = self.starts.sizes_after(sizes)
        return [*self.starts.draw(number, sizes),
                *self.patches.draw(number, [middle[0]] * len(self.patches.chains)),
                *self.ends.draw(number, middle)]

    def __call__(self, images: Sequence[torch.Tensor], parameters: Iterable[torch.Tensor],
                 at_once: bool) -> tuple[Stacks, torch.Tensor | None]:
        """Return the views of images, and the boxes [N, L, 4] if any.

        With two tensors of images the key view is made of the second.
        """
        rows = iter(parameters)
        middle = unstacked(self.starts([images[0], images[-1]], rows, at_once))
        stacks, boxes = [], None
        if self.patches.chains:
            of_patches = next(rows)
            boxes = of_patches[:, :, :4].transpose(0, 1)
            stacks = [(stack, [2 + place for place in places]) for stack, places in self.patches(
                [middle[0]] * len(self.patches.chains), [of_patches], at_once)]
        return self.ends(middle, rows, at_once, may_change=True) + stacks, boxes
