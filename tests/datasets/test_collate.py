"""Batches of samples between processes."""

import pytest
import torch
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from ltplug.datasets import Digits, Draw, DrawDataset, collate_samples
from ltplug.structures import SampleList


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
