import numpy as np
import pytest
from mmengine.dataset import ClassBalancedDataset, ConcatDataset, RepeatDataset
from mmpretrain.datasets import KFoldDataset
from torch.utils.data import Dataset

from ltplug.datasets import (
    Digits,
    DrawDataset,
    LongTailSubset,
    class_counts,
    distinct_images,
    gt_labels,
)
from ltplug.datasets.semi_supervised import Concatenation


@pytest.fixture(scope='module')
def digits():
    return Digits(size=8)


WRAPPERS = {
    'draw': lambda d: DrawDataset(d),
    'concat': lambda d: ConcatDataset([d, Digits(split='test', size=8)]),
    'repeat': lambda d: RepeatDataset(d, times=2),
    'class_balanced': lambda d: ClassBalancedDataset(d, oversample_thr=0.11),
    'k_fold': lambda d: KFoldDataset(dict(type='ltplug.Digits', size=8), fold=1, seed=3),
    'long_tail': lambda d: LongTailSubset(d, imbalance_ratio=10),
    'nested': lambda d: LongTailSubset(ConcatDataset([d, d]), imbalance_ratio=10),
    'lazy': lambda d: DrawDataset(dict(type='ltplug.Digits', size=8, lazy_init=True),
                                  lazy_init=True),
}


@pytest.mark.parametrize('wrapper', WRAPPERS)
def test_labels_and_counts_of_wrappers(digits, wrapper):
    dataset = WRAPPERS[wrapper](digits)
    labels = gt_labels(dataset)
    expected = [dataset.get_data_info(i)['gt_label'] for i in range(len(dataset))]
    np.testing.assert_array_equal(labels, expected)
    np.testing.assert_array_equal(class_counts(dataset), np.bincount(expected, minlength=10))


@pytest.mark.parametrize('wrapper', WRAPPERS)
def test_every_image_is_found_once(digits, wrapper):
    dataset = WRAPPERS[wrapper](digits)
    images = [dataset.get_data_info(i)['img'].tobytes() for i in distinct_images(dataset)]
    if wrapper == 'nested':  # one dataset named twice counts as two
        assert len(images) == len(dataset)
        return
    assert len(images) == len(set(images))
    assert set(images) == {dataset.get_data_info(i)['img'].tobytes() for i in range(len(dataset))}


def test_repeats_below_other_wrappers_are_found(digits):
    few = digits.get_subset(list(range(30)))
    repeated = RepeatDataset(few, times=10)
    for dataset in (DrawDataset(repeated), Concatenation(repeated, digits.get_subset([40]))):
        extra = len(dataset) - 300
        assert distinct_images(dataset).tolist() == [*range(30), *range(300, 300 + extra)]
    subset = LongTailSubset(repeated, imbalance_ratio=1)
    kept = distinct_images(subset)
    assert len(kept) < len(subset) and len({subset.indices[i] % 30 for i in kept}) == len(kept)


def test_absent_last_classes_count_zero(digits):
    subset = digits.get_subset(np.flatnonzero(digits.get_gt_labels() < 3).tolist())
    assert class_counts(subset)[3:].tolist() == [0] * 7
    assert len(class_counts(subset, num_classes=12)) == 12


def test_label_outside_the_classes(digits):
    with pytest.raises(ValueError, match='labels run from 0 to 9, but there are 8 classes'):
        class_counts(digits, num_classes=8)


class _Bare(Dataset):

    def __init__(self, infos):
        self.infos = infos

    def __len__(self):
        return len(self.infos)

    def get_data_info(self, index):
        return self.infos[index]


def test_samples_without_or_with_several_labels():
    with pytest.raises(ValueError, match="samples without 'gt_label'"):
        gt_labels(_Bare([{'img': 1}]))
    with pytest.raises(ValueError, match='several labels per sample'):
        gt_labels(_Bare([{'gt_label': [1, 2]}, {'gt_label': [0, 3]}]))
    with pytest.raises(ValueError, match='0.7 is not an integer'):
        gt_labels(_Bare([{'gt_label': 1.0}, {'gt_label': 0.7}]))
    with pytest.raises(ValueError, match='neither get_gt_labels'):
        gt_labels([1, 2])
