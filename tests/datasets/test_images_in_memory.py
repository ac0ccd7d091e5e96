import pickle

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from ltplug.datasets import (
    Digits,
    Draw,
    DrawDataset,
    ImageArrayDataset,
    ImagesInMemory,
    LongTailSubset,
    collate_samples,
    with_pipeline,
)

PACK = [dict(type='PackInputs')]


@pytest.fixture(scope='module')
def subset():
    return LongTailSubset(Digits(pipeline=PACK), imbalance_ratio=10)


@pytest.mark.parametrize('workers', [0, 2])
def test_batches_are_those_of_the_pipeline(subset, workers):
    draws = [[Draw(index, seed=index, branch='uniform') for index in (3, 0, len(subset) - 1)],
             [5, 5]]
    one_by_one, at_once = (
        list(DataLoader(dataset, batch_sampler=draws, num_workers=number,
                        collate_fn=collate_samples))
        for dataset, number in ((subset, 0), (ImagesInMemory(subset), workers)))
    for expected, found in zip(one_by_one, at_once, strict=True):
        assert torch.equal(found['inputs'], expected['inputs'])
        assert found['inputs'].dtype == torch.uint8
        assert found['data_samples'].is_columns, 'no object for each image'
        for sample, other in zip(found['data_samples'], expected['data_samples'], strict=True):
            assert dict(sample.metainfo_items()) == dict(other.metainfo_items())
            assert torch.equal(sample.gt_label, other.gt_label)
            assert set(sample.keys()) == set(other.keys())


def test_a_batch_is_a_copy(subset):
    dataset = ImagesInMemory(subset)
    batch = dataset.__getitems__([0, 1])
    batch['inputs'].zero_()
    batch['data_samples'].tensors('gt_label').fill_(9)
    assert dataset.__getitems__([0])['inputs'].any()
    assert dataset.__getitems__([0])['data_samples'].tensors('gt_label').item() != 9


def test_it_answers_as_the_dataset_it_holds(subset):
    dataset = ImagesInMemory(subset)
    assert len(dataset) == len(subset) and dataset.metainfo == subset.metainfo
    assert np.array_equal(dataset.get_gt_labels(), subset.get_gt_labels())
    assert dataset[Draw(4, branch='balanced')]['data_samples'].branch == 'balanced'
    assert len(pickle.loads(pickle.dumps(dataset)).__getitems__([1])['data_samples']) == 1


def test_other_transforms_are_not_given_its_images(subset):
    flipped = with_pipeline(ImagesInMemory(subset), lambda info: info['img'][:, ::-1].copy())
    assert not hasattr(flipped, '__getitems__')
    assert np.array_equal(flipped[2], subset.get_data_info(2)['img'][:, ::-1])


def test_images_without_labels(tmp_path):
    path = tmp_path / 'pool.npz'
    np.savez(path, data=np.zeros((3, 4, 4, 3), dtype=np.uint8))
    pool = ImagesInMemory(ImageArrayDataset(str(path), label_key=None, pipeline=PACK))
    batch = pool.__getitems__([0, 2])
    assert batch['inputs'].shape == (2, 3, 4, 4)
    assert batch['data_samples'].tensors('gt_label') is None
    assert batch['data_samples'].marks('dataset_index') == [0, 2]


class Uneven(torch.utils.data.Dataset):
    metainfo = {}

    def __init__(self, results):
        self.results = results

    def __len__(self):
        return len(self.results)

    def __getitem__(self, index):
        return self.results[index]


@pytest.mark.parametrize('change, message', [
    (lambda results: results.update(inputs=torch.zeros(3, 5, 4, dtype=torch.uint8)),
     r'image 1 of Uneven is \[3, 5, 4\] torch.uint8 where the first is \[3, 4, 4\]'),
    (lambda results: results.update(inputs=torch.zeros(3, 4, 4)), 'torch.float32 where the first'),
    (lambda results: results['data_samples'].set_gt_label([1, 2]), 'the number of labels'),
])
def test_images_that_make_no_batch_are_refused(subset, change, message):
    dataset = DrawDataset(Digits(pipeline=PACK))
    results = [dataset[0], dataset[1]]
    for each in results:
        each['inputs'] = torch.zeros(3, 4, 4, dtype=torch.uint8)
    change(results[1])
    with pytest.raises(ValueError, match=message):
        ImagesInMemory(Uneven(results))
