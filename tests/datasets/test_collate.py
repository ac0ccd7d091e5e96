"""Batches of samples between processes."""

import copy
import pickle

import pytest
import torch
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from ltplug.datasets import Digits, Draw, DrawDataset, SampleList, collate_samples


def sample(label=3, **marks):
    return DataSample(metainfo=marks).set_gt_label(label)


@pytest.fixture
def dataset():
    return DrawDataset(Digits(pipeline=[dict(type='PackInputs')]))


def equal(found, expected):
    assert type(found) is SampleList and len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert type(one) is DataSample
        assert dict(one.metainfo_items()) == dict(other.metainfo_items())
        assert one.keys() == other.keys()
        for key, value in other.items():
            assert torch.equal(one.get(key), value) and one.get(key).dtype == value.dtype


@pytest.mark.parametrize('samples', [
    [sample(1, dataset_index=4, branch=None), sample(2, dataset_index=9, branch='uniform')],
    [sample(1, dataset_index=4), sample(2, other=9)],
    [sample([1, 2]), sample(3)],  # several labels
    [sample(1).set_gt_score(torch.tensor([0.5, 0.5])), sample(1).set_gt_score(torch.ones(2))],
    [DataSample(), DataSample(metainfo={'dataset_index': 1})],  # without labels
    [],
])
def test_samples_come_out_as_they_went_in(samples):
    equal(pickle.loads(pickle.dumps(SampleList(samples))), samples)


def test_labels_leave_as_one_tensor():
    function, (labels, *_) = SampleList([sample(1), sample(7)]).__reduce__()
    assert labels.tolist() == [1, 7]
    first, second = function(labels, [], [(), ()])
    assert first.gt_label.tolist() == [1] and second.gt_label.tolist() == [7]


def test_a_copy_shares_its_samples():
    samples = SampleList([sample(1)])
    assert copy.copy(samples)[0] is samples[0], 'pinning memory copies the list'


def test_workers_give_what_the_training_process_would(dataset):
    draws = [[Draw(index, seed=index) for index in range(start, start + 5)] for start in (0, 5)]
    batches = [list(DataLoader(dataset, batch_sampler=draws, num_workers=workers,
                               collate_fn=collate_samples)) for workers in (0, 2)]
    for alone, loaded in zip(*batches, strict=True):
        assert torch.equal(alone['inputs'], loaded['inputs'])
        equal(loaded['data_samples'], alone['data_samples'])
        assert [one.dataset_index for one in loaded['data_samples']] == \
            [one.dataset_index for one in alone['data_samples']]


def test_what_is_no_dict_of_samples_is_collated_as_ever():
    assert collate_samples([torch.tensor(1), torch.tensor(2)]).tolist() == [1, 2]
