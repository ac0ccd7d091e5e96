import numpy as np
import pytest
import torch
from mmengine.dataset import default_collate
from mmpretrain.structures import DataSample

from ltplug.models.utils import BatchedAugmentation
from ltplug.models.utils.batched_pipelines import BatchedChain, build_batched_transform
from ltplug.registry import MODELS
from tests.models.utils.batched_steps import PLAIN, STEPS, augment, repeated

BRIGHTNESS_WEIGHTS = dict(keep_channels=True, channel_weights=(0.114, 0.587, 0.2989))


@pytest.fixture
def picture():
    """One uint8 picture with smooth colours, [H, W, 3] in RGB."""
    y, x = np.mgrid[0:32, 0:32]
    return np.stack([8 * x, 7 * y, 255 - 4 * (x + y)], axis=-1).astype(np.uint8)


def test_every_image_has_its_own_randomness_and_the_seed_decides(picture):
    steps = [*STEPS['resized crop'], *STEPS['some jitter'], *STEPS['blur']]
    images = repeated(picture, 40)
    torch.manual_seed(0)
    first = augment(steps, images)
    assert len(first.flatten(1).unique(dim=0)) == 40
    torch.manual_seed(0)
    assert augment(steps, images).equal(first)
    assert not augment(steps, images).equal(first)
    assert images.equal(repeated(picture, 40)), 'the batch is left as it is'


def test_views_and_their_number(picture):
    views = augment([dict(type='MultiView', num_views=[2, 1], transforms=[
        STEPS['flip'], STEPS['resized crop']])], repeated(picture, 300),
        preprocessor=dict(type='SelfSupDataPreprocessor', mean=[1.0] * 3, std=[2.0] * 3))
    assert [view.shape[-1] for view in views] == [32, 32, 24]
    raw = repeated(picture, 300).float()
    normal, mirrored = (raw - 1) / 2, (raw.flip(-1) - 1) / 2
    sides = [(view == normal).flatten(1).all(1) for view in views[:2]]
    for view, kept in zip(views, sides, strict=False):
        assert view.equal(torch.where(kept[:, None, None, None], normal, mirrored))
        assert 110 < kept.sum() < 190
    assert not sides[0].equal(sides[1]), 'each view draws anew'


def test_patches_are_cut_where_their_boxes_are(picture):
    torch.manual_seed(0)
    np.random.seed(0)
    samples = [DataSample() for _ in range(150)]
    views = augment([dict(
        type='ltplug.GlobalPatchViews', geometry=STEPS['flip'], query=STEPS['gray'],
        key=STEPS['resized crop'], crop=[], num_patches=3, patch_size=16)],
        repeated(picture, 150), samples,
        preprocessor=dict(type='SelfSupDataPreprocessor', mean=[0.0] * 3, std=[1.0] * 3))
    query, key, *crops = views
    assert [tuple(view.shape[-2:]) for view in views] == [(32, 32), (24, 24)] + [(16, 16)] * 3
    assert key.shape[0] == 150
    coloured = (query[:, 0] != query[:, 1]).flatten(1).any(1)
    assert 0 < coloured.sum() < 150
    for index in coloured.nonzero()[:, 0].tolist():
        for crop, (x1, y1, x2, y2) in zip(crops, samples[index].patch_boxes.int(), strict=True):
            place = query[index, :, y1:y2, x1:x2]
            # means agree though the crop is resized, for the picture's colours are linear
            torch.testing.assert_close(crop[index].mean((1, 2)), place.mean((1, 2)), atol=2.0,
                                       rtol=0)


def test_images_in_bgr_change_colours_alike(picture):
    steps = [dict(type='ColorJitter', hue=0.3), dict(
        type='RandomGrayscale', prob=0.3, **BRIGHTNESS_WEIGHTS)]
    images = repeated(picture, 50)
    torch.manual_seed(0)
    rgb = augment(steps, images)
    torch.manual_seed(0)
    bgr = augment(steps, images.flip(1), channel_order='bgr')
    assert bgr.flip(1).equal(rgb)


def test_evaluation_is_left_alone(picture):
    module = BatchedAugmentation(STEPS['resized crop'], PLAIN)
    images = repeated(picture, 3)
    assert module(dict(inputs=images, data_samples=None))['inputs'].equal(images.float())


def test_batches_of_single_images_are_stacked(picture):
    batch = default_collate([dict(inputs=image) for image in repeated(picture, 3)])
    assert augment(STEPS['flip'], batch['inputs']).shape == (3, 3, 32, 32)
    assert augment(STEPS['flip'], list(batch['inputs'])).shape == (3, 3, 32, 32)


def test_mixing_of_images_goes_on(picture):
    module = BatchedAugmentation([], PLAIN, batch_augments=dict(
        augments=dict(type='Mixup', alpha=1.0)))
    samples = [DataSample(metainfo=dict(num_classes=2)).set_gt_label(i) for i in (0, 1)]
    images = torch.stack([torch.zeros(3, 4, 4), torch.full((3, 4, 4), 255.0)]).byte()
    mixed = module(dict(inputs=images, data_samples=samples), training=True)
    assert 0 < mixed['inputs'][0].mean() < 255


@pytest.mark.parametrize(('step', 'sentence'), [
    (dict(type='ltplug.StrengthRandAugment'), 'StrengthRandAugment has no batched version'),
    (dict(type='RandomResizedCrop', scale=32, max_attempts=3), 'does not take its arguments'),
    (dict(type='RandomResizedCrop', scale=32, interpolation='bicubic'), "backend='pillow'"),
    (dict(type='RandomResizedCrop', scale=32, interpolation='area'), 'bilinear or bicubic'),
    (dict(type='RandomFlip', prob=0.5, direction='diagonal'), "'horizontal' or 'vertical'"),
    (dict(type='RandomGrayscale', prob=0.5), 'keep_channels=True'),
    (dict(type='GaussianBlur', magnitude_range=(0.1, 2), magnitude_std=1), "magnitude_std='inf'"),
    (dict(type='torchvision/RandomAffine', degrees=5, shear=(1, 2, 3, 4)), 'along x only'),
    (dict(type='torchvision/GaussianBlur', kernel_size=(3, 5)), 'a square kernel'),
    (dict(type='RandomCrop', crop_size=32, padding=(4, 2)), 'padding to one number'),
    (dict(type='RandomApply', transforms=[dict(type='NumpyToPIL', to_rgb=True)]), 'order of their'),
])
def test_what_batches_cannot_do(step, sentence):
    with pytest.raises(ValueError, match=sentence):
        build_batched_transform(step)


def test_configs_that_are_inherited_by_the_name_of_their_package_have_scopes(picture):
    scoped = [{**step, '_scope_': 'ltplug'} for step in STEPS['flip']]
    view = dict(type='MultiView', num_views=1, transforms=[scoped], _scope_='mmpretrain')
    (view,) = augment([view], repeated(picture, 2),
                      preprocessor=dict(type='SelfSupDataPreprocessor'))
    assert view.shape == (2, 3, 32, 32)


def test_channels_may_turn_there_and_back():
    turned = [dict(type='NumpyToPIL', to_rgb=True), dict(type='PILToNumpy', to_bgr=True)]
    assert BatchedChain.of(turned).transforms == []
    with pytest.raises(ValueError, match='keep the order of their channels'):
        BatchedChain.of([turned[0], dict(type='PILToNumpy')])


def test_crops_larger_than_the_images(picture):
    with pytest.raises(ValueError, match='images of 32 x 32 pixels, padded by 1, are smaller'):
        augment([dict(type='RandomCrop', crop_size=(8, 35), padding=1)], repeated(picture, 2))


@pytest.mark.parametrize('step', [
    STEPS['flip'][0], STEPS['resized crop'][0], STEPS['affine'][1],
    dict(type='RandomApply', transforms=STEPS['flip'])])
def test_boxes_would_not_follow_a_query_that_moves(step):
    with pytest.raises(ValueError, match='must not move pixels'):
        BatchedAugmentation([dict(type='ltplug.GlobalPatchViews', geometry=[], query=[step],
                                  key=[], crop=[])], PLAIN)


def test_models_that_refuse_mixed_images_look_inside():
    with pytest.raises(ValueError, match='batch augments would mix them'):
        MODELS.build(dict(
            type='ltplug.SelfTrainingClassifier', backbone=dict(type='ltplug.CIFARResNet', depth=8),
            train_cfg=dict(augments=dict(type='Mixup', alpha=1.0)),
            data_preprocessor=dict(type='ltplug.BatchedAugmentation', pipeline=[],
                                   preprocessor=PLAIN)))


def test_unknown_channel_order():
    with pytest.raises(ValueError, match="'rgb' or 'bgr'"):
        BatchedAugmentation([], PLAIN, channel_order='gbr')


@pytest.mark.parametrize('name', STEPS)
def test_a_batch_may_be_one_image_that_every_step_changes(picture, name):
    """What a step gives is changed in place by the next one."""
    always = [{key: 1.0 if key in ('p', 'prob') else value for key, value in step.items()}
              for step in STEPS[name]]
    changed = augment([*always, *STEPS['jitter'], *STEPS['flip']], repeated(picture, 1))
    assert changed.shape[0] == 1 and changed.isfinite().all()


def test_mixed_precision_does_not_round_images(picture):
    steps = [*STEPS['resized crop'], *STEPS['blur'], *STEPS['jitter']]
    torch.manual_seed(0)
    expected = augment(steps, repeated(picture, 20))
    torch.manual_seed(0)
    with torch.autocast('cpu', torch.bfloat16):
        assert augment(steps, repeated(picture, 20)).equal(expected)


def test_no_patches():
    module = BatchedAugmentation([dict(
        type='ltplug.GlobalPatchViews', geometry=[], query=[], key=[], crop=[], num_patches=0)],
        dict(type='SelfSupDataPreprocessor'))
    samples = [DataSample() for _ in range(2)]
    data = dict(inputs=torch.zeros(2, 3, 8, 8, dtype=torch.uint8), data_samples=samples)
    assert len(module(data, training=True)['inputs']) == 2
    assert 'patch_boxes' not in samples[0]
