import logging
import shutil

import cv2
import numpy as np
import pytest
from mmengine.logging import MMLogger
from mmpretrain.datasets import CustomDataset

from ltplug.datasets import (
    Digits,
    ImageArrayDataset,
    LongTailSubset,
    check_pool,
    shared_images,
)

PLAIN = [dict(type='PackInputs')]
RGB = [dict(type='ltplug.LoadRGBImageFromFile'), *PLAIN]
RNG = np.random.default_rng(0)


def write_folder(folder, count=4, size=16, name='{}.png'):
    folder.mkdir(parents=True, exist_ok=True)
    images = RNG.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    for number, image in enumerate(images):
        cv2.imwrite(str(folder / name.format(number)), image[..., ::-1])
    return images


def folder_dataset(folder, pipeline=RGB):
    return CustomDataset(data_root=str(folder), with_label=False, pipeline=pipeline)


@pytest.fixture
def labeled():
    return LongTailSubset(Digits(pipeline=PLAIN), 10, max_count=20)


@pytest.fixture
def test_images():
    return Digits(split='test', pipeline=PLAIN)


def test_a_folder_beside_images_in_memory_is_fine(tmp_path, labeled, test_images):
    write_folder(tmp_path / 'pool')
    check_pool(labeled, folder_dataset(tmp_path / 'pool'), test_images)


def test_another_size_is_told(tmp_path, labeled, test_images):
    write_folder(tmp_path / 'pool', size=24)
    sentence = '3x24x24 .* labelled images are 3x16x16, after the training transforms of each'
    with pytest.raises(ValueError, match=sentence):
        check_pool(labeled, folder_dataset(tmp_path / 'pool'), test_images)
    cropped = [RGB[0], dict(type='RandomCrop', crop_size=16), RGB[1]]
    with pytest.raises(ValueError, match='test images are 3x16x16, after the transforms of the'):
        check_pool(labeled, folder_dataset(tmp_path / 'pool', cropped), test_images)


def test_another_number_of_channels_is_told(tmp_path, labeled, test_images):
    write_folder(tmp_path / 'pool')
    grey = [dict(type='LoadImageFromFile', color_type='grayscale'), *PLAIN]
    with pytest.raises(ValueError, match='images of 1x16x16 .* labelled images are 3x16x16'):
        check_pool(labeled, folder_dataset(tmp_path / 'pool', grey), test_images)


def test_test_images_in_the_pool_are_refused(labeled, test_images, tmp_path):
    with pytest.raises(ValueError, match='400 images of the pool are test images too, such as '
                                         'number 0: a model must not learn'):
        check_pool(labeled, test_images, test_images)
    write_folder(tmp_path / 'pool')
    cv2.imwrite(str(tmp_path / 'pool' / '9.png'), test_images.get_data_info(7)['img'])
    with pytest.raises(ValueError, match='1 images of the pool are test images .*pool/9.png'):
        check_pool(labeled, folder_dataset(tmp_path / 'pool'), test_images)


def test_labelled_images_in_the_pool_are_told(labeled, test_images):
    logger = MMLogger.get_current_instance()
    messages = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())
    logger.addHandler(handler)
    check_pool(labeled, Digits(pipeline=PLAIN), test_images)
    logger.removeHandler(handler)
    assert f'{len(labeled)} of the 1397 images of the pool are labelled' in ''.join(messages)


def test_files_are_compared_by_content_whatever_their_names(tmp_path):
    images = write_folder(tmp_path / 'a')
    write_folder(tmp_path / 'b')
    shutil.copy(tmp_path / 'a' / '2.png', tmp_path / 'b' / 'zzz.png')
    a, b = folder_dataset(tmp_path / 'a'), folder_dataset(tmp_path / 'b')
    assert shared_images(a, b) == [2] and shared_images(b, a) == [4]
    np.savez(tmp_path / 'rgb.npz', data=images[1:])
    np.savez(tmp_path / 'bgr.npz', data=images[1:, ..., ::-1])
    for name in ('rgb', 'bgr'):
        memory = ImageArrayDataset(str(tmp_path / f'{name}.npz'), label_key=None)
        assert shared_images(a, memory) == [1, 2, 3]
        assert shared_images(memory, b) == [1]


def test_channels_of_files_come_as_in_memory(tmp_path):
    images = write_folder(tmp_path / 'a')
    loaded = folder_dataset(tmp_path / 'a')[0]['inputs'].numpy()
    np.testing.assert_array_equal(loaded.transpose(1, 2, 0), images[0])
