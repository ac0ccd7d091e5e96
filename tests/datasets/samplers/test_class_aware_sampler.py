import numpy as np
import pytest

from ltplug.datasets import ClassAwareSampler

from .labelled import make


def labels_of(sampler, epoch=0):
    return sampler.dataset.labels[sampler.stream(epoch)]


@pytest.mark.parametrize('size', [1, 4])
def test_blocks_of_one_class_in_cycles(golden, size):
    sampler = make(ClassAwareSampler, golden('rebal_samplers')['in_counts'],
                   num_samples_per_class=size, num_samples=1000)
    for epoch in range(5):
        blocks = labels_of(sampler, epoch).reshape(-1, size)
        assert (blocks == blocks[:, :1]).all(), 'a block is of one class'
        cycles = blocks[:, 0].reshape(-1, 10)
        assert all(len(set(cycle)) == 10 for cycle in cycles), 'no class twice inside a cycle'
        assert len({tuple(cycle) for cycle in cycles}) == len(cycles), 'cycles are shuffled anew'


@pytest.mark.parametrize('size', [1, 4])
def test_histograms_equal_the_reference(golden, size):
    expected = golden('rebal_samplers')
    # The reference goes on with its cycles over two epochs; here both are drawn as one.
    sampler = make(ClassAwareSampler, expected['in_counts'], num_samples_per_class=size,
                   num_samples=2 * int(expected[f'cas_Z{size}_len']))
    np.testing.assert_array_equal(np.bincount(labels_of(sampler)),
                                  expected[f'cas_Z{size}_class_hist'])
    labels, uses = sampler.dataset.labels, np.bincount(sampler.stream(0), minlength=250)
    reference = expected[f'cas_Z{size}_image_hist']
    for label in range(10):
        np.testing.assert_array_equal(np.sort(uses[labels == label]),
                                      np.sort(reference[labels == label]))


def test_the_length_need_not_be_a_multiple_of_the_block():
    sampler = make(ClassAwareSampler, [5, 3, 2], num_samples_per_class=4)
    assert len(sampler.stream(0)) == 10


def test_a_block_without_images():
    with pytest.raises(ValueError, match='num_samples_per_class must be positive, got 0'):
        make(ClassAwareSampler, [3, 2], num_samples_per_class=0)
