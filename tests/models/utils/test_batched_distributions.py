"""What batches draw, against what the transforms draw image by image."""

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose

from ltplug.models.utils.batched_pipelines import build_batched_transform
from ltplug.registry import TRANSFORMS
from tests.models.utils.batched_steps import STEPS, augment, repeated


@pytest.fixture
def texture():
    """One uint8 picture with much that a resize or a blur changes, [H, W, 3] in RGB."""
    y, x = np.mgrid[0:28, 0:32]
    smooth = np.stack([8 * x, 7 * y, 255 - 4 * (x + y)], axis=-1)
    noise = np.random.default_rng(0).integers(-60, 61, smooth.shape)
    return (smooth + noise).clip(0, 255).astype(np.uint8)


def error_of_std(values):
    """By sampling, of every column; large where few rows decide, as at the border of a map."""
    squares = (values - values.mean(0)).square()
    return squares.std(0) / len(values)**0.5 / (2 * squares.mean(0).sqrt()).clamp(min=1e-6)


def described(images):
    """Numbers that tell images apart, in grey levels, [N, 12]."""
    across, down = (images.diff(dim=axis).abs().mean((2, 3)).mean(1) for axis in (3, 2))
    (left, right), (top, bottom) = ([half.mean((1, 2, 3)) for half in images.chunk(2, dim=axis)]
                                    for axis in (3, 2))
    colour = (images - images.roll(1, 1)).abs().mean((2, 3))[:, :2]
    return torch.stack([*images.mean((2, 3)).t(), *images.std((2, 3)).t(), across, down,
                        left - right, top - bottom, *colour.t()], dim=1)


@pytest.mark.parametrize('name', STEPS)
def test_same_distribution_as_image_by_image(texture, name):
    """Mean and deviation of every pixel over many draws, within the errors of sampling."""
    number = 600
    torch.manual_seed(0)
    np.random.seed(0)
    found = augment(STEPS[name], repeated(texture, number))
    pipeline = Compose([TRANSFORMS.build(step) for step in STEPS[name]])
    expected = torch.stack([torch.from_numpy(np.ascontiguousarray(
        pipeline(dict(img=texture.copy(), img_shape=texture.shape[:2]))['img'])).permute(2, 0, 1)
        for _ in range(number)]).float()
    assert found.shape == expected.shape and found.min() >= 0 and found.max() < 255.001
    ours, theirs = described(found).sort(0).values, described(expected).sort(0).values
    assert ((ours - theirs).abs().mean(0) <= 0.15 * theirs.std(0) + 1).all()
    found, expected = found.flatten(1), expected.flatten(1)
    error = (found.var(0) + expected.var(0)).div(number).sqrt()
    # two grey levels for rounding, and pillow's blur is only nearly a Gaussian
    assert ((found.mean(0) - expected.mean(0)).abs() <= 5 * error + 2).all()
    difference = (found.std(0) - expected.std(0)).abs()
    error = (error_of_std(found).square() + error_of_std(expected).square()).sqrt()
    assert (difference <= 5 * error + 3).all()


def test_every_image_has_its_own_order_of_changes():
    jitter = build_batched_transform(dict(type='ColorJitter', brightness=0.4, contrast=0.4))
    of_mean = jitter.draw(400, (8, 8))[:, 2]  # of the first slot: not 0 for a contrast
    assert 150 < (of_mean != 0).sum() < 250


def test_shifts_are_whole_pixels_in_both_directions():
    affine = build_batched_transform(dict(type='torchvision/RandomAffine', degrees=0,
                                          translate=(0.5, 0.25)))
    maps = affine.draw(2000, (20, 40)).view(-1, 2, 3)
    assert maps[:, :, :2].equal(torch.eye(2).expand(2000, 2, 2))
    shifts = -maps[:, :, 2] * torch.tensor([20.0, 10.0])
    torch.testing.assert_close(shifts, shifts.round(), atol=1e-5, rtol=0)
    limits = [each.tolist() for each in shifts.round().aminmax(dim=0)]
    assert limits == [[-20, -5], [20, 5]]
