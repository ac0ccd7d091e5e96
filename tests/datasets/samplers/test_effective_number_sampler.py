import numpy as np
import pytest

from ltplug.datasets import EffectiveNumberSampler

from .labelled import chi_square, make


@pytest.mark.parametrize('beta', [0.999, 0.9999])
def test_class_frequencies_equal_the_reference(golden, beta):
    expected = golden('rebal_samplers')
    sampler = make(EffectiveNumberSampler, expected['in_counts'], beta=beta)
    probabilities = expected[f'bf_p_effnum_beta{beta}']
    np.testing.assert_allclose(sampler.class_probabilities(0), probabilities, rtol=1e-6)
    assert abs(chi_square(sampler, probabilities, range(400))) < 5


def test_image_weights_equal_the_reference(golden):
    expected = golden('rebal_samplers')
    sampler = make(EffectiveNumberSampler, expected['in_counts'])
    weights = (sampler.class_probabilities(0) / sampler.index.counts)[sampler.dataset.labels]
    reference = expected['effnum_image_weights']
    np.testing.assert_allclose(weights / weights.sum(), reference / reference.sum(), rtol=1e-6)


def test_head_and_tail_of_cifar10_lt(golden):
    counts = golden('rebal_counts')['cifar10_exp_rho100']
    probabilities = make(EffectiveNumberSampler, counts).class_probabilities(0)
    assert probabilities[0] / probabilities[-1] == pytest.approx(1.27, abs=0.01)


def test_beta_out_of_range():
    with pytest.raises(ValueError, match=r'beta must lie in \[0, 1\), got 1'):
        make(EffectiveNumberSampler, [3, 2], beta=1)
