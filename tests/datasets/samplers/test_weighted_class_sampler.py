import numpy as np
import pytest

from ltplug.datasets import WeightedClassSampler

from .labelled import chi_square, make


@pytest.mark.parametrize(('power', 'name'), [(1, 'instance'), (0.5, 'sqrt'), (0, 'class')])
def test_class_frequencies_equal_the_reference(golden, power, name):
    expected = golden('rebal_samplers')
    sampler = make(WeightedClassSampler, expected['in_counts'], power=power)
    assert abs(chi_square(sampler, expected[f'bf_p_{name}'], range(400))) < 5


@pytest.mark.parametrize(('power', 'name'), [(0, 'invfreq'), (0.5, 'sqrt')])
def test_image_weights_equal_the_reference(golden, power, name):
    expected = golden('rebal_samplers')
    sampler = make(WeightedClassSampler, expected['in_counts'], power=power)
    weights = (sampler.class_probabilities(0) / sampler.index.counts)[sampler.dataset.labels]
    reference = expected[f'{name}_image_weights']
    np.testing.assert_allclose(weights / weights.sum(), reference / reference.sum())


def test_images_of_a_class_are_drawn_alike():
    sampler = make(WeightedClassSampler, [40, 2], power=0, num_samples=80000)
    uses = np.bincount(sampler.stream(0), minlength=42)
    np.testing.assert_allclose(uses[:40], 1000, rtol=0.15)
    np.testing.assert_allclose(uses[40:], 20000, rtol=0.03)


def test_a_power_that_is_no_number():
    with pytest.raises(ValueError, match='power must be a finite number, got inf'):
        make(WeightedClassSampler, [3, 2], power=float('inf'))
