"""Batches of samples between processes."""

import pytest
import torch
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from ltplug.datasets import Digits, Draw, DrawDataset, collate_samples
from tests.structures.samples import assert_equal


@pytest.fixture
def dataset():
    return DrawDataset(Digits(pipeline=[dict(type='PackInputs')]))


def test_workers_give_what_the_training_process_would(dataset):
    draws = [[Draw(index, seed=index) for index in range(start, start + 5)] for start in (0, 5)]
    batches = [list(DataLoader(dataset, batch_sampler=draws, num_workers=workers,
                               collate_fn=collate_samples)) for workers in (0, 2)]
    for alone, loaded in zip(*batches, strict=True):
        assert torch.equal(alone['inputs'], loaded['inputs'])
        assert_equal(loaded['data_samples'], alone['data_samples'])
        assert [one.dataset_index for one in loaded['data_samples']] == \
            [one.dataset_index for one in alone['data_samples']]


def test_what_is_no_dict_of_samples_is_collated_as_ever():
    assert collate_samples([torch.tensor(1), torch.tensor(2)]).tolist() == [1, 2]


def test_images_of_other_sizes_are_named():
    batch = [dict(inputs=torch.zeros(3, *size), data_samples=DataSample(
        metainfo=dict(img_path=path))) for path, size in (('a.png', (4, 4)), ('b.png', (5, 4)))]
    with pytest.raises(ValueError, match=r'3 x 4 x 4 .* of a.png, but 3 x 5 x 4 .* of b.png; let'):
        collate_samples(batch)
