import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpretrain.datasets import CIFAR10, BaseDataset
from PIL import Image

from ltplug.datasets import Digits
from ltplug.datasets.image_reader import ImageReader
from ltplug.registry import DATASETS

COLORS = {'red': (220, 30, 20), 'green': (25, 200, 35), 'blue': (15, 40, 230)}
FILES = [dict(type='LoadImageFromFile'), dict(type='Resize', scale=(12, 12)),
         dict(type='PackInputs')]
RGB_FILES = [dict(type='ltplug.LoadRGBImageFromFile'), *FILES[1:]]
IN_MEMORY = [dict(type='PackInputs')]


def picture(color: str, size: int = 12) -> np.ndarray:
    """Return an RGB image of one colour."""
    return np.full((size, size, 3), COLORS[color], np.uint8)


@DATASETS.register_module(force=True)
class ColorsInMemory(CIFAR10):
    """CIFAR-10 with one image of every colour and no files."""

    def load_data_list(self) -> list[dict]:
        return [{'img': picture(color, 32), 'gt_label': label}
                for label, color in enumerate(COLORS)]


@DATASETS.register_module(force=True)
class BGRInMemory(BaseDataset):
    """A user's dataset that has read its images by OpenCV and tells nobody."""

    def load_data_list(self) -> list[dict]:
        return [{'img': picture(color)[..., ::-1].copy(), 'gt_label': label}
                for label, color in enumerate(COLORS)]


@pytest.fixture
def files(tmp_path) -> Path:
    for color in COLORS:
        (tmp_path / 'files' / color).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / 'files' / color / '1.png'), picture(color)[..., ::-1])
    return tmp_path / 'files'


@pytest.fixture
def arrays(tmp_path) -> str:
    path = tmp_path / 'arrays.npz'
    np.savez(path, data=np.stack([picture(color) for color in COLORS]), labels=np.arange(3))
    return str(path)


def means(inputs: torch.Tensor) -> list[float]:
    return inputs.float().mean(dim=(1, 2)).tolist()


def folder(root: Path, pipeline: list) -> dict:
    return dict(type='ltplug.ImageFolderDataset', data_root=str(root), classes=list(COLORS),
                pipeline=pipeline)


@pytest.fixture(params=['cifar', 'arrays', 'bgr in memory', 'files', 'rgb files', 'wrapped'])
def dataset(request, files, arrays):
    """Config of a dataset of three colours, and what the user has to tell of it."""
    given = {}
    if request.param == 'cifar':
        config = dict(type='ltplug.ColorsInMemory', data_root='nowhere',
                      pipeline=IN_MEMORY)
    elif request.param == 'arrays':
        config = dict(type='ltplug.ImageArrayDataset', ann_file=arrays, label_key='labels',
                      pipeline=IN_MEMORY)
        given = dict(image_size=12)
    elif request.param == 'bgr in memory':
        config = dict(type='ltplug.BGRInMemory', ann_file='', pipeline=IN_MEMORY)
        given = dict(image_size=12, channel_order='bgr')
    else:
        config = folder(files, RGB_FILES if request.param == 'rgb files' else FILES)
        if request.param == 'wrapped':
            config = dict(type='ltplug.DrawDataset', dataset=config)
    return Config(dict(x=config)).x, given


@pytest.mark.parametrize('color', COLORS)
def test_whatever_an_image_comes_from_it_is_as_in_the_test(color, dataset, files, tmp_path):
    config, given = dataset
    images, label = DATASETS.build(config), list(COLORS).index(color)
    expected = images[images.get_gt_labels().tolist().index(label)]['inputs']
    reader = ImageReader(config, **given)
    size = expected.shape[-1]
    rgb = picture(color, size)
    cv2.imwrite(str(tmp_path / 'x.bmp'), rgb[..., ::-1])
    for image, order in ((str(files / color / '1.png'), None), (tmp_path / 'x.bmp', None),
                         (Image.fromarray(rgb), None), (Image.fromarray(rgb).quantize(), None),
                         (rgb, 'rgb'), (rgb[..., ::-1], 'bgr')):
        found = reader(image, order)
        assert found.equal(expected), (type(image), order, means(found), means(expected))
    assert reader.packed_order == ('rgb' if means(expected) == list(COLORS[color]) else 'bgr')
    assert reader.input_shape == tuple(expected.shape)


def test_files_of_the_digits_are_the_digits(tmp_path):
    digits = Digits(split='test', pipeline=[dict(type='PackInputs')])
    reader = ImageReader(dict(type='ltplug.Digits', split='test', pipeline=IN_MEMORY))
    for index in (0, 200, 399):
        path = tmp_path / f'{index}.png'
        cv2.imwrite(str(path), digits.get_data_info(index)['img'])
        assert reader(path).equal(digits[index]['inputs'])


def test_large_images_are_averaged_and_not_sampled():
    reader = ImageReader(dict(type='ltplug.Digits', pipeline=IN_MEMORY))
    stripes = np.zeros((160, 160, 3), np.uint8)
    stripes[:, ::2] = 255
    assert reader.input_shape == (3, 16, 16)
    assert (reader(stripes, 'rgb').float() - 127.5).abs().max() < 4


def test_gray_models_get_gray_images(tmp_path):
    mnist = dict(type='MNIST', data_root='nowhere', pipeline=IN_MEMORY)
    files = dict(type='CustomDataset', data_root='nowhere', pipeline=[
        dict(type='LoadImageFromFile', color_type='grayscale'), *FILES[1:]])
    cv2.imwrite(str(tmp_path / 'gray.png'), np.full((28, 28), 77, np.uint8))
    for config, size in ((mnist, 28), (files, 12)):
        reader = ImageReader(config)
        assert (reader.order, reader.packed_order) == ('gray', 'gray')
        assert reader.input_shape == (1, size, size)
        for image in (tmp_path / 'gray.png', np.full((28, 28), 77, np.uint8),
                      np.full((28, 28, 1), 77, np.uint8)):
            assert (reader(image) == 77).all()
        # green is the brightest
        gray = [float(reader(picture(color), 'rgb')[0, 0, 0]) for color in COLORS]
        assert gray == [float(reader(picture(color)[..., ::-1], 'bgr')[0, 0, 0])
                        for color in COLORS] and max(gray) == gray[1]


def test_gray_pictures_for_colour_models(tmp_path):
    reader = ImageReader(dict(type='ltplug.SVHN', pipeline=IN_MEMORY))
    cv2.imwrite(str(tmp_path / 'gray.png'), np.full((9, 9), 77, np.uint8))
    for image in (tmp_path / 'gray.png', np.full((9, 9), 77, np.uint8)):
        assert reader(image).equal(torch.full((3, 32, 32), 77, dtype=torch.uint8))


@pytest.mark.parametrize(('pipeline', 'size'), [
    ([dict(type='RandomCrop', crop_size=40), dict(type='PackInputs')], 40),
    ([dict(type='MultiView', num_views=2, transforms=[[
        dict(type='torchvision/RandomResizedCrop', size=24, scale=(0.2, 1.0))]])], 24),
    ([dict(type='RandomResizedCrop', scale=(20, 20)), dict(type='PackInputs')], 20),
])
def test_a_size_that_only_the_training_tells(pipeline, size):
    images = dict(type='CustomDataset', data_root='x', pipeline=[
        dict(type='LoadImageFromFile'), dict(type='PackInputs')])
    training = dict(type='ltplug.LongTailSubset', dataset=dict(type='X', pipeline=pipeline))
    assert ImageReader(images).input_shape is None
    assert ImageReader(images, training).input_shape == (3, size, size)
    assert ImageReader(images, training, image_size=48).input_shape == (3, 48, 48)


def test_tiny_imagenet_tells_its_size():
    reader = ImageReader(dict(type='ltplug.TinyImageNet', pipeline=[
        dict(type='LoadImageFromFile'), dict(type='PackInputs')]))
    assert reader.input_shape == (3, 64, 64) and reader.order == 'bgr'


@pytest.mark.parametrize(('config', 'given', 'sentence'), [
    (dict(type='ltplug.BGRInMemory', pipeline=IN_MEMORY), dict(image_size=9),
     'BGRInMemory .* does not tell the order .* channel_order='),
    (dict(type='ltplug.BGRInMemory', pipeline=IN_MEMORY), dict(channel_order='rgb'),
     'does not tell how large .* image_size='),
    (dict(type='ltplug.BGRInMemory', pipeline=IN_MEMORY), dict(channel_order='brg'),
     "must be one of rgb, bgr, gray, got 'brg'"),
    (dict(type='CustomDataset', pipeline=FILES), dict(channel_order='rgb'),
     'known order: leave channel_order out'),
    (dict(type='CustomDataset', pipeline=FILES), dict(image_size=30),
     'set the size of images: leave image_size out'),
    (dict(type='CustomDataset', pipeline=[
        FILES[0], dict(type='MultiView', num_views=2, transforms=[FILES[1:2]]), FILES[2]]), {},
     'several views'),
])
def test_what_is_open_or_given_twice_is_told(config, given, sentence):
    with pytest.raises(ValueError, match=sentence):
        ImageReader(config, **given)


@pytest.mark.parametrize(('image', 'order', 'sentence'), [
    (picture('red'), None, "pass channel_order='rgb'"),
    (picture('red').astype(np.float32), 'rgb', 'uint8 .* one is an array of float32'),
    (picture('red').transpose(2, 0, 1), 'rgb', r'one is \[3, 12, 12\]'),
    (np.zeros((0, 5, 3), np.uint8), 'rgb', r'one is \[0, 5, 3\]'),
    (torch.zeros(3, 4, 4), 'rgb', 'one is an array of torch.float32'),
    (7, None, 'one is int'),
])
def test_arrays_that_could_be_misread_are_refused(image, order, sentence):
    with pytest.raises(ValueError, match=sentence):
        ImageReader(dict(type='ltplug.SVHN', pipeline=IN_MEMORY))(image, order)


def test_cut_off_and_false_images_are_refused(tmp_path):
    reader = ImageReader(dict(type='ltplug.SVHN', pipeline=IN_MEMORY))
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (40, 40, 3), np.uint8)
    for ending in ('.jpg', '.png', '.webp', '.bmp', '.tif'):
        content = cv2.imencode(ending, noise)[1].tobytes()
        path = tmp_path / f'x{ending}'
        path.write_bytes(content)
        assert reader(path).shape == (3, 32, 32)
        path.write_bytes(content[:len(content) // 2])
        with pytest.raises(Exception):  # noqa: B017 (every decoder has errors of its own)
            reader(path)
        path.write_bytes(b'no image')
        with pytest.raises(OSError, match='cannot identify'):
            reader(path)
    (tmp_path / 'named.jpg').write_bytes(cv2.imencode('.png', noise)[1].tobytes())
    assert reader(tmp_path / 'named.jpg').shape == (3, 32, 32), 'a PNG under another name'


def test_values_that_the_pipeline_changes_are_noticed():
    steps = [FILES[0], FILES[1], dict(type='torchvision/RandomInvert', p=1.0), FILES[2]]
    steps[2:3] = [dict(type='NumpyToPIL'), steps[2], dict(type='PILToNumpy')]
    reader = ImageReader(dict(type='CustomDataset', pipeline=steps))
    assert reader.packed_order is None
    swapped = [*FILES[:2], dict(type='NumpyToPIL', to_rgb=True), dict(type='PILToNumpy'), FILES[2]]
    reader = ImageReader(dict(type='CustomDataset', pipeline=swapped))
    assert (reader.order, reader.packed_order) == ('bgr', 'rgb')


def test_a_loader_with_other_storage_reads_local_files(tmp_path):
    cv2.imwrite(str(tmp_path / 'x.png'), picture('red')[..., ::-1])
    loader = dict(type='LoadImageFromFile', backend_args=dict(backend='petrel'))
    reader = ImageReader(dict(type='CustomDataset', pipeline=[loader, *FILES[1:]]))
    assert means(reader(tmp_path / 'x.png')) == [20, 30, 220]
    assert json.dumps(reader.steps) == '[{"type": "Resize", "scale": [12, 12]}]'


def test_readers_go_to_worker_processes():
    for pipeline in (IN_MEMORY, FILES):
        reader = ImageReader(dict(type='ltplug.Digits', pipeline=pipeline))
        assert pickle.loads(pickle.dumps(reader))(picture('red'), 'rgb').equal(
            reader(picture('red'), 'rgb'))
