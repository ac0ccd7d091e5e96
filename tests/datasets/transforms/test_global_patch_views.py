import mmcv
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.dataset import default_collate
from mmpretrain.models import SelfSupDataPreprocessor

from ltplug.datasets import Digits, Draw, DrawDataset, GlobalPatchViews
from ltplug.ops import draw_patch_boxes, pool_patches

FLIP = dict(type='RandomFlip', prob=0.5, direction='horizontal')
PLACED = [dict(type='RandomResizedCrop', scale=96, crop_ratio_range=(0.3, 1.0)), FLIP]
COLOURS = dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)


def build(**changes):
    return GlobalPatchViews(**{**dict(geometry=PLACED, query=[], key=PLACED, crop=[],
                                      num_patches=4, patch_size=32), **changes})


def painted():
    """An image whose colours tell the place: no two halves and no mirror image look alike."""
    y, x = np.mgrid[0:120, 0:160]
    image = np.stack([x * 255 / 159, y * 255 / 119, (x // 20 + y // 20) % 3 * 100], axis=2)
    return dict(img=image.round().astype(np.uint8), img_shape=(120, 160))


@pytest.mark.parametrize('mode', ['area', 'side'])
def test_a_crop_and_its_region_show_the_same_pixels(mode):
    transform, flips = build(box_mode=mode), set()
    for seed in range(20):
        np.random.seed(seed)
        results = transform(painted())
        view, _, *crops = results['img']
        flips.add(bool(view[48, 0, 0] > view[48, -1, 0]))
        for crop, box in zip(crops, results['patch_boxes'].int().tolist(), strict=True):
            x1, y1, x2, y2 = box
            expected = mmcv.imresize(view[y1:y2, x1:x2], (32, 32), backend='pillow')
            np.testing.assert_array_equal(crop, expected)
        maps = torch.from_numpy(view.copy()).permute(2, 0, 1)[None].float()
        regions = pool_patches(maps, results['patch_boxes'][None], (96, 96), output_size=2)[0]
        cut = torch.from_numpy(np.stack(crops)).permute(0, 3, 1, 2).float()
        # the samples of a region lie half a pixel off the centres
        difference = (regions - F.adaptive_avg_pool2d(cut, 2)).abs()[:, :2]
        mirrored = (regions - F.adaptive_avg_pool2d(cut.flip(3), 2)).abs()[:, :2]
        assert difference.max() < 6 < mirrored.amax(dim=(1, 2, 3)).max()
    assert flips == {True, False}


def test_places_are_independent_of_colours():
    np.random.seed(0)
    plain = build()(painted())
    for part in ('query', 'crop'):
        np.random.seed(0)
        grey = build(**{part: [dict(type='RandomGrayscale', prob=1.0, keep_channels=True)]})(
            painted())
        assert grey['patch_boxes'].equal(plain['patch_boxes'])
        is_grey = [bool((view == view[..., :1]).all()) for view in grey['img']]
        assert is_grey == ([True] + [False] * 5 if part == 'query' else [False] * 2 + [True] * 4)
    np.random.seed(0)
    flipped = build(crop=[dict(type='RandomFlip', prob=1.0, direction='horizontal')])(painted())
    np.testing.assert_array_equal(flipped['img'][2], plain['img'][2][:, ::-1])


def test_the_second_view_is_another_one():
    np.random.seed(0)
    results = build(num_patches=0)(painted())
    first, second = results['img']
    assert first.shape == second.shape == (96, 96, 3) and (first != second).any()
    assert 'patch_boxes' not in results


def test_boxes_by_area():
    np.random.seed(0)
    boxes = draw_patch_boxes(224, 224, 4000)
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    area, ratio = w * h / 224**2, np.log(w / h)
    assert area.min() > 0.045 and area.max() < 0.61
    assert area.mean() == pytest.approx(0.325, abs=0.01)
    assert abs(ratio.mean()) < 0.01 and np.abs(ratio).max() < np.log(4 / 3) + 0.05
    assert (boxes >= 0).all() and (boxes <= 224).all()
    assert min(w.min(), h.min()) >= 43
    free = (boxes[:, 0] / np.maximum(224 - w, 1))
    assert free.mean() == pytest.approx(0.5, abs=0.02) and free.max() == 1


def test_boxes_by_side():
    np.random.seed(0)
    boxes = draw_patch_boxes(224, 224, 4000, mode='side')
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    assert (w * h / 224**2).mean() == pytest.approx(0.136, abs=0.01)
    assert w.min() == 11 and w.max() == 134
    assert (h / w).min() > 0.7 and (h / w).max() < 1.42


def test_boxes_stay_inside_narrow_images():
    np.random.seed(0)
    for mode in ('area', 'side'):
        boxes = draw_patch_boxes(8, 100, 200, (0.5, 1.0), mode=mode)
        assert (boxes[:, :2] >= 0).all() and (boxes[:, 2] <= 100).all() and (
            boxes[:, 3] <= 8).all() and (boxes[:, 2:] > boxes[:, :2]).all()


def test_boxes_reach_the_model_and_a_seed_decides():
    dataset = DrawDataset(Digits(split='train', pipeline=[
        dict(type='ltplug.GlobalPatchViews', geometry=[FLIP], query=[COLOURS], key=[FLIP],
             crop=[COLOURS], num_patches=3, patch_size=8),
        dict(type='PackInputs', algorithm_keys=['patch_boxes'])]))
    batch = default_collate([dataset[Draw(i, seed=i)] for i in range(4)])
    prepared = SelfSupDataPreprocessor(mean=[77.8] * 3, std=[92.0] * 3)(batch)
    assert [tuple(views.shape) for views in prepared['inputs']] == (
        [(4, 3, 16, 16)] * 2 + [(4, 3, 8, 8)] * 3)
    boxes = torch.stack([sample.patch_boxes for sample in prepared['data_samples']])
    assert boxes.shape == (4, 3, 4) and boxes.dtype == torch.float32
    moved = SelfSupDataPreprocessor(mean=[77.8] * 3, std=[92.0] * 3).to('meta')(batch)
    assert moved['data_samples'][0].patch_boxes.is_meta
    again, other = dataset[Draw(2, seed=2)], dataset[Draw(2, seed=5)]
    assert again['data_samples'].patch_boxes.equal(boxes[2])
    assert not other['data_samples'].patch_boxes.equal(boxes[2])


@pytest.mark.parametrize(('changes', 'message'), [
    (dict(num_patches=-1), 'num_patches must be at least 0'),
    (dict(patch_scale=(0.6, 0.05)), r'ascending numbers in \(0, 1\], got \(0.6, 0.05\)'),
    (dict(aspect_ratio=(0, 1)), 'aspect_ratio must be two ascending positive numbers'),
    (dict(box_mode='width'), "box_mode must be one of area, side, got 'width'"),
    (dict(query=[FLIP]), 'must not flip: move RandomFlip to geometry'),
])
def test_mistakes_are_told(changes, message):
    with pytest.raises(ValueError, match=message):
        build(**changes)


def test_a_query_of_another_size_is_told():
    with pytest.raises(ValueError, match='move crops and resizes to geometry'):
        build(query=[dict(type='CenterCrop', crop_size=90)])(painted())
