import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, default_collate, pseudo_collate
from mmengine.registry import init_default_scope

from ltplug.apis.batched_augmentation import batch_augmentation
from ltplug.apis.config import load_config
from ltplug.apis.pipeline_split import split_pipeline
from ltplug.apis.runner import build_runner
from ltplug.models.utils import BatchedAugmentation
from ltplug.ops.batched_resampling import resized_crops
from ltplug.registry import TRANSFORMS
from tests.configs.fake_data import dicts_in, shrink
from tests.engine.runs import ROOT

CROP = dict(type='RandomResizedCrop', scale=24)
SMALL = dict(type='RandomResizedCrop', scale=16, backend='pillow')
FLIP = dict(type='RandomFlip', prob=0.5)
JITTER = dict(type='ColorJitter', brightness=0.4)
TO_PIL = dict(type='NumpyToPIL', to_rgb=True)
TO_NUMPY = dict(type='PILToNumpy', to_bgr=True)
PIL_CROP = dict(type='torchvision/RandomResizedCrop', size=24)
PIL_JITTER = dict(type='torchvision/ColorJitter', brightness=0.4)
EDGE = dict(type='ResizeEdge', scale=32)
RESIZE = dict(type='Resize', scale=(32, 32))
CENTER = dict(type='CenterCrop', crop_size=24)
PIL_RESIZE = dict(type='torchvision/Resize', size=[24, 24])
PIL_EDGE = dict(type='torchvision/Resize', size=32)
PLAIN = dict(type='SelfSupDataPreprocessor', mean=[0.0] * 3, std=[1.0] * 3)


@pytest.mark.parametrize(('chain', 'head', 'tail'), [
    ([CROP, FLIP, JITTER], [CROP], [FLIP, JITTER]),
    ([FLIP, CROP], [FLIP, CROP], []),
    ([EDGE, CENTER, FLIP], [EDGE, CENTER], [FLIP]),
    ([RESIZE, CENTER, FLIP], [RESIZE, CENTER], [FLIP]),
    ([RESIZE, FLIP, dict(type='RandomCrop', crop_size=24)], [RESIZE],
     [FLIP, dict(type='RandomCrop', crop_size=24)]),
    ([dict(RESIZE, keep_ratio=True), CENTER, FLIP], [dict(RESIZE, keep_ratio=True), CENTER],
     [FLIP]),
    ([TO_PIL, PIL_CROP, PIL_JITTER, TO_NUMPY, FLIP], [TO_PIL, PIL_CROP, TO_NUMPY],
     [PIL_JITTER, FLIP]),
    ([TO_PIL, PIL_RESIZE, TO_NUMPY, FLIP], [TO_PIL, PIL_RESIZE, TO_NUMPY], [FLIP]),
    ([TO_PIL, PIL_EDGE, PIL_CROP, PIL_JITTER], [TO_PIL, PIL_EDGE, PIL_CROP], [PIL_JITTER]),
    ([CROP, TO_PIL, PIL_JITTER, TO_NUMPY], [CROP], [TO_PIL, PIL_JITTER, TO_NUMPY]),
])
def test_a_chain_is_cut_behind_its_crop(chain, head, tail):
    assert split_pipeline(chain) == (head, tail)


def test_chains_of_views_are_cut_each():
    pipeline = [dict(type='MultiView', num_views=[2, 6], transforms=[
        [CROP, JITTER], [SMALL, FLIP, JITTER]])]
    assert split_pipeline(pipeline) == (
        [dict(type='MultiView', num_views=[2, 6], transforms=[[CROP], [SMALL]])],
        [dict(type='MultiView', num_views=[2, 6], transforms=[[JITTER], [FLIP, JITTER]])])


def patch_views(**kwargs):
    return dict(type='ltplug.GlobalPatchViews', geometry=[CROP, FLIP], query=[], key=[SMALL],
                crop=[], num_patches=3, patch_size=8) | kwargs


def test_boxes_are_drawn_in_the_batch():
    whole = patch_views(query=[JITTER], key=[SMALL, JITTER], crop=[FLIP])
    assert split_pipeline([whole]) == (
        [dict(type='MultiView', num_views=[1, 1], transforms=[[CROP], [SMALL]])],
        [{**whole, 'geometry': [FLIP], 'key': [JITTER]}])


@pytest.mark.parametrize(('pipeline', 'sentence'), [
    ([FLIP, JITTER], r'the pipeline gives files one \(RandomFlip, ColorJitter\)'),
    ([EDGE, FLIP], r'\(ResizeEdge, RandomFlip\)'),
    ([PIL_EDGE], r'\(torchvision/Resize\)'),
    ([dict(type='MultiView', num_views=[1, 1], transforms=[[CROP], [FLIP]])],
     r'of MultiView gives files one \(RandomFlip\)'),
    ([patch_views(geometry=[])], r'the geometry of GlobalPatchViews gives files one \(no steps\)'),
    ([patch_views(key=[JITTER])], r'the key of GlobalPatchViews gives files one \(ColorJitter\)'),
])
def test_chains_without_one_size(pipeline, sentence):
    with pytest.raises(ValueError, match=sentence):
        split_pipeline(pipeline)


def crops_of_files(pipeline, number, collate=default_collate):
    """Return a batch of random images of different sizes after the part that stays with them."""
    init_default_scope('mmpretrain')
    rng = np.random.default_rng(0)
    kept = Compose([TRANSFORMS.build(step) for step in [*pipeline, dict(type='PackInputs')]])
    images = [rng.integers(0, 256, (40 + index % 15, 60 - index % 20, 3), dtype=np.uint8)
              for index in range(number)]
    np.random.seed(0)
    return collate([kept(dict(img=image, img_shape=image.shape[:2])) for image in images])


@pytest.mark.parametrize('collate', [default_collate, pseudo_collate])
def test_patches_are_cut_from_the_first_view(collate):
    kept, moved = split_pipeline([patch_views(geometry=[CROP], crop=[])])
    data = crops_of_files(kept, 130, collate)  # more than one chunk
    first, second = (torch.stack(list(view)).float() for view in data['inputs'])
    module = BatchedAugmentation(moved, PLAIN, channel_order='bgr')
    views = module(data, training=True)['inputs']
    assert views[0].equal(first) and views[1].equal(second)
    assert second.shape[-1] == 16
    boxes = torch.stack([sample.patch_boxes for sample in data['data_samples']])
    for crops, each in zip(views[2:], boxes.unbind(1), strict=True):
        torch.testing.assert_close(crops, resized_crops(first, each, (8, 8)))


def test_views_of_different_sizes_go_through_their_own_chains():
    always = [dict(FLIP, prob=1.0)]
    pipeline = [dict(type='MultiView', num_views=[2, 1], transforms=[[CROP], [SMALL, *always]])]
    kept, moved = split_pipeline(pipeline)
    data = crops_of_files(kept, 6)
    views = BatchedAugmentation(moved, PLAIN)(data, training=True)['inputs']
    assert not views[0].equal(views[1]), 'every view was cropped anew'
    for view, raw in zip(views, data['inputs'], strict=True):
        assert view.equal((raw.flip(-1) if raw.shape[-1] == 16 else raw).float())


def test_a_list_of_one_view():
    kept, moved = split_pipeline([dict(type='MultiView', num_views=1, transforms=[[CROP, FLIP]])])
    views = BatchedAugmentation(moved, PLAIN)(crops_of_files(kept, 3), training=True)['inputs']
    assert [tuple(view.shape) for view in views] == [(3, 3, 24, 24)]


@pytest.fixture
def dscl_on_files(tmp_path):
    """DSCL's config of ImageNet-LT for 20 JPEG files of different sizes, two steps an epoch."""
    rng = np.random.default_rng(0)
    for index in range(20):
        cv2.imwrite(str(tmp_path / f'{index}.jpg'),
                    rng.integers(0, 256, (70 + index, 90 - index, 3), dtype=np.uint8))
    (tmp_path / 'list.txt').write_text(''.join(f'{i}.jpg {i % 10}\n' for i in range(20)))
    cfg = load_config(ROOT / 'configs/dscl/dscl-pbsd_resnet50_200e_imagenet-lt.py',
                      dict(batched_augmentation=True))
    cfg = shrink(cfg, 1)
    leaf = cfg.train_dataloader.dataset.dataset
    leaf.update(ann_file=str(tmp_path / 'list.txt'), data_prefix=str(tmp_path))
    for step in dicts_in(leaf):
        if step.get('type') == 'RandomResizedCrop':
            step.scale = 64
    cfg.train_dataloader.batch_size = 10
    cfg.work_dir, cfg.log_level = str(tmp_path / 'run'), 'WARNING'
    return cfg


def test_training_on_files_of_different_sizes(dscl_on_files):
    runner = build_runner(dscl_on_files)
    inputs = next(iter(runner.train_dataloader))['inputs']
    assert [(tuple(view.shape), view.dtype) for view in inputs] == \
        [((10, 3, 64, 64), torch.uint8)] * 2
    before = {key: value.clone() for key, value in runner.model.state_dict().items()}
    runner.train()
    assert runner.iter == 2
    after = runner.model.state_dict()
    changed = [key for key in before if not after[key].equal(before[key])]
    assert changed and all(after[key].isfinite().all() for key in changed)


def test_what_stays_with_the_files_is_as_before(dscl_on_files):
    """Same crops of the config, so that the geometry has its distribution."""
    original = dscl_on_files.copy().train_dataloader.dataset.dataset.pipeline
    batch_augmentation(dscl_on_files)
    load, views, pack = dscl_on_files.train_dataloader.dataset.dataset.pipeline
    assert (load, pack.type) == (original[0], 'PackInputs')
    assert views.transforms == [original[1].geometry[:1], original[1].key[:1]]
    moved, = dscl_on_files.model.data_preprocessor.pipeline
    assert moved.geometry == original[1].geometry[1:] and moved.crop == original[1].crop
