"""Batched image operations against torchvision's, image by image."""

import pytest
import torch
import torchvision.transforms.v2.functional as tv
from torchvision.transforms import RandomResizedCrop

from ltplug import ops
from ltplug.ops.batched_jitter import (
    BLENDS,
    jitter_at_once,
    jitter_in_turn,
    jitter_parameters,
    jitter_width,
    turned_hue,
)

MODES = {'nearest': tv.InterpolationMode.NEAREST, 'bilinear': tv.InterpolationMode.BILINEAR,
         'bicubic': tv.InterpolationMode.BICUBIC}


@pytest.fixture
def images():
    noise = torch.rand(6, 3, 20, 32, generator=torch.Generator().manual_seed(0))
    noise[0], noise[1, 0] = 0.5, 0.0  # grey: no hue; and a channel that is never the largest
    return noise


@pytest.mark.parametrize('name', ['brightness', 'contrast', 'saturation', 'hue'])
def test_colours_equal_torchvision(images, name):
    strengths = torch.linspace(-0.5, 0.5, 6) if name == 'hue' else torch.linspace(0, 1.9, 6)
    given = images.clone()
    changed = getattr(ops, f'adjust_{name}')(
        given, strengths, *(() if name == 'hue' else (1.0,)))
    assert given.equal(images)
    for image, strength, found in zip(images, strengths.tolist(), changed, strict=True):
        expected = getattr(tv, f'adjust_{name}')(image, strength)
        torch.testing.assert_close(found, expected, atol=3e-6, rtol=0)


def test_grayscale_equals_torchvision(images):
    torch.testing.assert_close(ops.grayscale(images), tv.rgb_to_grayscale(images))


@pytest.mark.parametrize('interpolation', ['bilinear', 'bicubic'])
@pytest.mark.parametrize('size', [(32, 32), (7, 11)], ids=['enlarged', 'shrunk'])
@pytest.mark.parametrize('antialias', [True, False])
def test_resized_crops_equal_torchvision(images, interpolation, size, antialias):
    if interpolation == 'bicubic' and not antialias:
        pytest.skip('pillow has no such filter, and torch repeats the border pixels for it')
    boxes = torch.tensor([[3, 5, 20, 18], [0, 0, 32, 20], [10, 1, 15, 9]])
    flip = torch.tensor([True, False, True])
    found = ops.resized_crops(images[:3], boxes, size, interpolation, antialias, flip)
    for image, (x1, y1, x2, y2), turned, crop in zip(
            images[:3], boxes.tolist(), flip, found, strict=True):
        expected = tv.resized_crop(image, y1, x1, y2 - y1, x2 - x1, list(size),
                                   MODES[interpolation], antialias)
        torch.testing.assert_close(crop, expected.flip(-1) if turned else expected, atol=2e-6,
                                   rtol=0)


def test_crops_beyond_the_border_are_padded_by_zeros(images):
    boxes = torch.tensor([[-4, 2, 28, 22]])
    found = ops.resized_crops(images[1:2], boxes, (20, 32))
    assert found[0].equal(tv.crop(tv.pad(images[1], [4, 4, 4, 4]), 6, 0, 20, 32))


def test_unknown_interpolation():
    with pytest.raises(ValueError, match='must be one of bilinear, bicubic'):
        ops.resampling_matrices(torch.zeros(1), torch.ones(1), 4, 4, 'lanczos')


def test_blur_is_a_gaussian_with_repeated_borders(images):
    sigmas = torch.linspace(0.3, 2.0, 6)
    found = ops.gaussian_blurs(images, sigmas)
    for image, sigma, blurred in zip(images, sigmas.tolist(), found, strict=True):
        padded = torch.nn.functional.pad(image[None], (18, 18, 18, 18), mode='replicate')[0]
        expected = tv.gaussian_blur(padded, [37, 37], [sigma, sigma])[:, 18:-18, 18:-18]
        torch.testing.assert_close(blurred, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize('kernel_size', [1, 3, 9, 39])
def test_blur_with_a_kernel_equals_torchvision(images, kernel_size):
    sigmas = torch.linspace(0.1, 3.0, 6)
    found = ops.gaussian_blurs(images, sigmas, kernel_size)
    for image, sigma, blurred in zip(images, sigmas.tolist(), found, strict=True):
        expected = tv.gaussian_blur(image, [kernel_size] * 2, [sigma, sigma])
        torch.testing.assert_close(blurred, expected, atol=1e-5, rtol=0)


def test_blur_of_width_0_changes_nothing(images):
    assert ops.gaussian_blurs(images, torch.zeros(6)).equal(images)


@pytest.mark.parametrize('kernel_size', [4, 41, -1])
def test_kernels_that_cannot_be(images, kernel_size):
    with pytest.raises(ValueError, match='must be odd and below 40'):
        ops.gaussian_blurs(images, torch.ones(6), kernel_size)


@pytest.mark.parametrize('interpolation', ['nearest', 'bilinear'])
def test_affine_equals_torchvision(images, interpolation):
    angles = torch.tensor([0.0, 15.0, -40.0, 70.0, 7.0, 160.0])
    shifts = torch.tensor([[0, 0], [3, -2], [1, 5], [0, 0], [-4, 2], [0, 1]])
    scales = torch.tensor([1.0, 0.8, 1.2, 1.0, 1.1, 0.55])
    shears = torch.tensor([[0, 0], [10, 0], [-8, 3], [2, 2], [0, -9.0], [5, 0]])
    found = ops.affine_images(images, angles, shifts.float(), scales, shears, interpolation)
    for i, image in enumerate(images):
        expected = tv.affine(image, angles[i].item(), shifts[i].tolist(), scales[i].item(),
                             shears[i].tolist(), MODES[interpolation], fill=0)
        # a pixel between two others may go to either when it is rounded
        share = (found[i] - expected).abs().gt(1e-5).float().mean()
        assert share < (0.01 if interpolation == 'nearest' else 1e-6)


def test_crop_boxes_are_distributed_as_those_of_torchvision():
    torch.manual_seed(0)
    found = ops.draw_crop_boxes(4000, 32, 40, (0.1, 1.0)).float()
    image = torch.empty(3, 32, 40)
    drawn = torch.tensor([RandomResizedCrop.get_params(image, [0.1, 1.0], [3 / 4, 4 / 3])
                          for _ in range(4000)]).float()  # top, left, height, width
    expected = torch.stack([drawn[:, 1], drawn[:, 0], drawn[:, 1] + drawn[:, 3],
                            drawn[:, 0] + drawn[:, 2]], dim=1)
    torch.testing.assert_close(found.mean(0), expected.mean(0), atol=0.5, rtol=0)
    torch.testing.assert_close(found.std(0), expected.std(0), atol=0.4, rtol=0)
    assert (found[:, :2] >= 0).all() and (found[:, 2] <= 40).all() and (found[:, 3] <= 32).all()


def test_sides_of_crop_boxes_are_rounded():
    torch.manual_seed(0)
    boxes, image = ops.draw_crop_boxes(4000, 7, 9), torch.empty(3, 7, 9)
    drawn = torch.tensor([RandomResizedCrop.get_params(image, [0.08, 1.0], [3 / 4, 4 / 3])
                          for _ in range(4000)])
    for axis in (0, 1):
        sides = boxes[:, axis + 2] - boxes[:, axis], drawn[:, 3 - axis]
        found, expected = (torch.bincount(each, minlength=10) / 4000 for each in sides)
        torch.testing.assert_close(found, expected, atol=0.04, rtol=0)


def test_images_too_narrow_for_any_ratio_are_cut_in_the_centre():
    boxes = ops.draw_crop_boxes(3, 4, 40, (0.9, 1.0))
    assert boxes.tolist() == [[17, 0, 22, 4]] * 3
    boxes = ops.draw_crop_boxes(3, 40, 4, (0.9, 1.0))
    assert boxes.tolist() == [[0, 17, 4, 22]] * 3


KINDS = ('brightness', 'contrast', 'saturation', 'hue')


@pytest.mark.parametrize('kinds', [KINDS, KINDS[:2], KINDS[3:], KINDS[:1] + KINDS[3:],
                                   KINDS[::-1], KINDS[2:3]])
def test_both_ways_to_jitter_equal_single_changes_in_order(kinds):
    generator = torch.Generator().manual_seed(0)
    number = 40
    images = 255 * torch.rand(number, 3, 6, 5, generator=generator)
    strengths = 0.5 + torch.rand(number, len(kinds), generator=generator)
    order = torch.rand(number, len(kinds), generator=generator).argsort(dim=1)
    changes = {**BLENDS, 'hue': ops.adjust_hue}
    expected = []
    for image, strength, turns in zip(images, strengths, order.tolist(), strict=True):
        for index in turns:
            image = changes[kinds[index]](image[None], strength[index, None])[0]
        expected.append(image)
    expected = torch.stack(expected)
    assert (expected - images).abs().max() > 20
    parameters = jitter_parameters(kinds, strengths, order)
    assert parameters.shape == (number, jitter_width(kinds))
    for jitter in (jitter_at_once, jitter_in_turn):
        torch.testing.assert_close(jitter(images.clone(), kinds, parameters), expected,
                                   atol=1e-3, rtol=1e-5)


def test_both_ways_to_turn_the_hue(images):
    shifts = torch.linspace(-0.5, 0.5, 6)
    turns = 6 * shifts[:, None] + torch.tensor([5.0, 3, 1])
    pixels = images.flatten(2)
    torch.testing.assert_close(turned_hue(pixels, turns), ops.adjust_hue(pixels, shifts),
                               atol=3e-6, rtol=0)


@pytest.mark.parametrize('size', [(20, 32), (9, 9)])
def test_several_crops_of_an_image_equal_one_after_the_other(images, size):
    boxes = torch.tensor([[3, 5, 20, 18], [0, 0, 32, 20], [-2, 1, 15, 9]]).repeat(4, 1)
    flip = torch.arange(12) % 2 == 1
    found = ops.resized_crops(images, boxes, size, flip=flip)
    for part in (0, 1):
        rows = slice(6 * part, 6 * part + 6)
        torch.testing.assert_close(found[rows], ops.resized_crops(
            images, boxes[rows], size, flip=flip[rows]), atol=1e-6, rtol=0)
