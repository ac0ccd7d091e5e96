"""Quarter turns of batches of images."""

import torch


def rotate_quarter_turns(images: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """Rotate every image of a batch by its own number of quarter turns, counter-clockwise.

    Pixels are moved, never interpolated. The angles of rotation prediction: Gidaris et al.,
    "Unsupervised Representation Learning by Predicting Image Rotations", 2018.

    Args:
        images (Tensor): Square images, [N, C, S, S].
        turns (Tensor): Quarter turns of each, int64[N] in {0, 1, 2, 3}.

    Returns:
        Tensor: The rotated images, [N, C, S, S].

    Raises:
        ValueError: If the images are not square or turns are not one per image.
    """
    if images.ndim != 4 or images.shape[2] != images.shape[3]:
        raise ValueError('Quarter turns need a batch of square images [N, C, S, S], got '
                         f'{list(images.shape)}: crop them to a square first.')
    if turns.shape != images.shape[:1]:
        raise ValueError(f'There must be one number of turns for each of {len(images)} images, '
                         f'got {list(turns.shape)}.')
    turns = turns.view(-1, 1, 1, 1)
    images = torch.where(turns % 2 == 1, images.rot90(1, (2, 3)), images)
    return torch.where(turns >= 2, images.rot90(2, (2, 3)), images)


def balanced_quarter_turns(num_images: int,
                           device: torch.device | str = 'cpu',
                           generator: torch.Generator | None = None) -> torch.Tensor:
    """Draw quarter turns for a batch, each angle as often as the others, up to one.

    Args:
        num_images (int): Number of images N.
        device (torch.device or str): Where they are drawn. Defaults to 'cpu'.
        generator (torch.Generator, optional): Source of the draw, on this device. Defaults to
            torch's own.

    Returns:
        Tensor: int64[N] in {0, 1, 2, 3}.
    """
    order = torch.randperm(num_images, device=device, generator=generator)
    # which angles come once more must not be the same in every batch
    first = torch.randint(4, (1, ), device=device, generator=generator)
    return (order + first) % 4
