import numpy as np
import pytest
from sklearn.datasets import load_digits

from ltplug.datasets import Digits, class_counts


def test_splits_are_disjoint_complete_and_the_test_set_is_balanced():
    train, test = Digits(size=8), Digits(split='test', size=8)
    assert class_counts(test).tolist() == [40] * 10
    assert class_counts(train).min() == 134
    images = [d[i]['img'][..., 0].tobytes() for d in (train, test) for i in range(len(d))]
    source = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    assert sorted(images) == sorted(image.tobytes() for image in source)


@pytest.mark.parametrize('size', [8, 16, 32])
def test_images_have_the_asked_size_and_full_range(size):
    image = Digits(size=size)[0]['img']
    assert image.shape == (size, size, 3) and image.dtype == np.uint8
    assert image.max() > 200 and image.min() == 0


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="got 'val'"):
        Digits(split='val')
    with pytest.raises(ValueError, match='between 8 and 32 pixels, got 64'):
        Digits(size=64)
