"""What a GPU computes, at once, against what a CPU computes, from the same random numbers."""

import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

from ltplug.apis.batched_augmentation import batch_augmentation
from ltplug.apis.config import load_config
from ltplug.engine.pretended_gpu import pretended_gpu
from ltplug.models.utils import BatchedAugmentation
from ltplug.models.utils.batched_pipelines import BatchedChain
from ltplug.models.utils.batched_views import BatchedChains, BatchedMultiView, unstacked
from ltplug.registry import MODELS
from tests.engine.runs import ROOT
from tests.models.utils.batched_steps import JITTER, STEPS

RAW = dict(type='SelfSupDataPreprocessor', mean=[0.0] * 3, std=[1.0] * 3)
COLOURS = [dict(type='RandomApply', prob=0.8, transforms=[dict(type='ColorJitter', **JITTER)]),
           *STEPS['gray'], *STEPS['blur']]
PATCHES = dict(type='ltplug.GlobalPatchViews', query=COLOURS, num_patches=3, patch_size=16,
               geometry=[*STEPS['cv2 crop'], *STEPS['flip']],
               key=[*STEPS['cv2 crop'], *STEPS['flip'], *COLOURS],
               crop=[*STEPS['flip'], *COLOURS])
PIPELINES = {
    **{name: [dict(type='MultiView', num_views=2, transforms=[steps])]
       for name, steps in STEPS.items()},
    'two chains alike': [dict(type='MultiView', num_views=[1, 2], transforms=[
        [*STEPS['resized crop'], *COLOURS], [*STEPS['resized crop'], *COLOURS[:2],
                                             {**COLOURS[2], 'prob': 0.1}]])],
    'two sizes': [dict(type='MultiView', num_views=[1, 2], transforms=[
        COLOURS, STEPS['resized crop']])],
    'nothing alike': [dict(type='MultiView', num_views=1, transforms=[
        STEPS['flip'], STEPS['upside down'], STEPS['bicubic crop'], STEPS['cv2 crop'],
        STEPS['affine'], [{**STEPS['affine'][1], 'interpolation': 'bilinear'}], STEPS['blur'],
        STEPS['torchvision blur'],
        STEPS['strong jitter'], [dict(type='ColorJitter', contrast=0.9)]])],
    'upside down crops': [dict(type='MultiView', num_views=1, transforms=[
        [*STEPS['crop'], *STEPS['upside down'], *STEPS['flip']]])],
    'patches': [PATCHES],
    'another geometry': [{**PATCHES, 'key': [*STEPS['bicubic crop'], *STEPS['gray']]}],
}


def noise(number, size=32):
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (number, 3, size, size), generator=generator).byte()


def seed():
    torch.manual_seed(0)
    np.random.seed(0)


@pytest.mark.parametrize('name', PIPELINES)
def test_at_once_equals_one_view_and_chunk_after_the_other(name):
    images = noise(140)  # more than a CPU takes together
    module = BatchedAugmentation(PIPELINES[name], RAW)
    samples = [DataSample() for _ in images]
    seed()
    expected = module(dict(inputs=images, data_samples=samples), training=True)['inputs']
    seed()
    drawn = module.augment.draw(len(images), [(32, 32)])
    stacks, boxes = module.augment([images], drawn, at_once=True)
    found = unstacked(stacks)
    assert [each.shape for each in found] == [each.shape for each in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert not ours.equal(images)
        torch.testing.assert_close(ours, theirs, atol=2e-2, rtol=0)
    if boxes is not None:
        assert boxes.equal(torch.stack([sample.patch_boxes for sample in samples]))
    assert images.equal(noise(140)), 'the batch is left as it is'


@pytest.mark.parametrize('at_once', [False, True])
@pytest.mark.parametrize('name', ['flip', 'some jitter', 'gray', 'blur'])
def test_images_that_are_not_chosen_stay_bit_by_bit(name, at_once):
    images = noise(100).float()
    chain = BatchedChain.of(STEPS[name])
    rows = chain.draw(100, (32, 32))
    changed = chain(images.clone(), rows, at_once)
    same = (changed == images).flatten(1).all(1)
    assert same.equal(rows[:, 0] == 0) and 10 < same.sum() < 90


def test_chains_alike_change_images_together():
    views = BatchedMultiView([[*STEPS['resized crop'], *STEPS['flip']], STEPS['resized crop']], 1)
    seed()
    drawn = views.draw(50, [(32, 32)])
    assert [each.shape[:2] for each in drawn] == [(2, 50)]
    stacks, _ = views([noise(50)], drawn, at_once=True)
    assert [places for _, places in stacks] == [[0, 1]]


def test_chains_of_different_kinds_change_images_apart():
    module = BatchedAugmentation(PIPELINES['nothing alike'], RAW)
    drawn = module.augment.draw(2, [(32, 32)])
    assert len(drawn) == len(PIPELINES['nothing alike'][0]['transforms'])


def test_images_of_other_sizes_or_views_are_taken_apart():
    chains = BatchedChains([BatchedChain.of(STEPS['flip'])] * 3)
    images = [noise(4), noise(4, 24), noise(4).flip(1)]
    drawn = chains.draw(4, [each.shape[-2:] for each in images])
    assert [each.shape for each in drawn] == [(2, 4, 1), (1, 4, 1)]
    for at_once in (False, True):
        found = unstacked(chains(images, drawn, at_once))
        rows = torch.stack([drawn[0][0], drawn[1][0], drawn[0][1]])[:, :, 0].bool()
        for given, chosen, view in zip(images, rows, found, strict=True):
            expected = torch.where(chosen[:, None, None, None], given.flip(-1), given)
            assert view.equal(expected.float())


@pytest.mark.parametrize('pipeline', [
    dict(type='MultiView', num_views=1, transforms=[[], []]),
    dict(type='ltplug.GlobalPatchViews', geometry=[], query=[], key=[], crop=[], num_patches=9)])
def test_views_that_were_cropped_from_files_stay_apart(pipeline):
    module, images = BatchedAugmentation([pipeline], RAW), [noise(3, 16), noise(3, 24).flip(1)]
    samples = [DataSample() for _ in range(3)]
    views = module(dict(inputs=images, data_samples=samples), training=True)['inputs']
    for view, image in zip(views, images, strict=False):
        assert view.equal(image.float())
    boxes = [sample.get('patch_boxes', torch.zeros(1, 4)) for sample in samples]
    assert torch.cat(boxes).max() <= 16, 'of the first view'
    drawn = module.augment.draw(3, [(16, 16), (24, 24)])
    stacks, _ = module.augment(images, drawn, at_once=True)
    assert all(view.equal(image.float())
               for view, image in zip(unstacked(stacks), images, strict=False))


def test_boxes_have_the_arguments_of_the_config():
    module = BatchedAugmentation([dict(
        type='ltplug.GlobalPatchViews', geometry=[], query=[], key=[], crop=[], num_patches=2,
        patch_size=8, patch_scale=(0.5, 0.5), aspect_ratio=(0.8, 0.8), box_mode='side')], RAW)
    samples = [DataSample() for _ in range(3)]
    module(dict(inputs=noise(3)[:, :, :20], data_samples=samples), training=True)
    boxes = torch.stack([sample.patch_boxes for sample in samples])
    assert (boxes[..., 2:] - boxes[..., :2]).equal(torch.tensor([16.0, 8.0]).expand(3, 2, 2))


def test_a_preprocessor_with_a_mean_for_each_view_is_given_them_apart():
    module = BatchedAugmentation(
        [dict(type='MultiView', num_views=2, transforms=[STEPS['gray']])],
        dict(type='TwoNormDataPreprocessor', mean=[0.0] * 3, std=[1.0] * 3,
             second_mean=[255.0] * 3, second_std=[1.0] * 3))
    first, second = module(dict(inputs=noise(5), data_samples=None), training=True)['inputs']
    assert first.min() >= 0 and second.max() <= 0
    with pretended_gpu() as gpu:  # which changes both together
        for each in (module, module.preprocessor):
            each.to(gpu.device)
        views = module(dict(inputs=noise(5), data_samples=None), training=True)['inputs']
    assert [view.shape for view in views] == [first.shape] * 2


# Of 71, 213 and 774 launches with 4, 7 and 18 uploads when every small step was its own.
@pytest.mark.parametrize(('name', 'launches'), [
    ('ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py', 25),
    ('simclr/simclr_resnet18_2000e_cifar10-lt-split1.py', 70),
    ('dscl/dscl-pbsd_cifar-resnet32_200e_cifar10-lt-ir100.py', 130),
])
def test_a_gpu_is_asked_little(name, launches):
    cfg = load_config(ROOT / 'configs' / name, dict(batched_augmentation=True))
    batch_augmentation(cfg)
    module = MODELS.build(cfg.model.data_preprocessor)
    number = cfg.train_dataloader.batch_size
    with pretended_gpu() as gpu:
        for each in (module, module.preprocessor):  # as a model does
            each.to(gpu.device)
        for _ in range(2):  # constants are made once
            gpu.reset()
            samples = [DataSample().set_gt_label(0) for _ in range(number)]
            module(dict(inputs=noise(number).pin_memory(), data_samples=samples), training=True)
    assert gpu.launched <= launches, gpu.places.most_common()
    assert all(sample.gt_label.is_meta for sample in samples)
    assert not gpu.waits
    assert len(gpu.uploads) <= 3 and not any(each.waits for each in gpu.uploads), gpu.uploads
