import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ltplug.ops import (
    align_signs,
    nearest_images,
    prototype_weights,
    rebalancing_weights,
    similarity_sums,
)

EXTREME = ['p1000', 'm1000', 'mixed', 'one_outlier', 'odd', 'single']


@pytest.fixture
def phi(golden):
    return {key: torch.from_numpy(np.asarray(value))
            for key, value in golden('fassl_phi').items()}


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('similarity', ['cosine', 'inner'])
@pytest.mark.parametrize('view', [1, 2])
def test_weights_equal_the_reference(phi, view, similarity, dtype):
    features, prototypes = phi[f'z{view}'].to(dtype), phi['P'].to(dtype)
    atol = 1e-9 if dtype == torch.float64 else 1e-4
    sums = similarity_sums(features, prototypes, similarity)
    torch.testing.assert_close(sums, phi[f'{similarity}_s{view}'], atol=100 * atol, rtol=0)
    for ratio, suffix in ((10.0, ''), (math.inf, '_noclip')):
        found = prototype_weights(features, prototypes, ratio, similarity)
        assert found.dtype == dtype
        expected = phi[f'{similarity}_phi{view}{suffix}']
        torch.testing.assert_close(found.double(), expected, atol=atol, rtol=1e-3 * (atol > 1e-9))


@pytest.mark.parametrize('case', EXTREME)
def test_extreme_sums_equal_the_decimals(phi, case):
    sums = phi[f'ext_{case}_h'].sum(dim=1)
    for dtype in (torch.float32, torch.float64):
        torch.testing.assert_close(rebalancing_weights(sums.to(dtype)).double(),
                                   phi[f'ext_{case}_phi'], atol=1e-6, rtol=1e-6)
        torch.testing.assert_close(rebalancing_weights(sums.to(dtype), math.inf).double(),
                                   phi[f'ext_{case}_phi_noclip'], atol=1e-6, rtol=1e-6)


def test_signs_and_rotations(phi):
    features, prototypes = phi['z1'], phi['P']
    torch.testing.assert_close(prototype_weights(features, -prototypes), phi['phi_neg_P'])
    products = prototype_weights(features, prototypes) * phi['phi_neg_P']
    torch.testing.assert_close(products, products[:1].expand(8))
    assert not torch.allclose(phi['phi_rot_P'], phi['inner_phi1'])
    torch.testing.assert_close(rebalancing_weights(phi['flat_s']), phi['flat_phi'])


def test_signs_are_aligned_over_the_features(phi):
    found = align_signs(phi['z1'], phi['P'])
    assert found.equal(phi['P_aligned'])
    assert found.equal(phi['align_signs'].to(found.dtype)[:, None] * phi['P'])
    assert align_signs(phi['z1'], found).equal(found)
    torch.testing.assert_close(prototype_weights(phi['z1'], found), phi['phi_aligned'])


def test_half_precision_gives_weights_of_full_precision(phi):
    for dtype in (torch.float16, torch.bfloat16):
        features = phi['z1'].to(dtype)
        found = prototype_weights(features, phi['P'].to(dtype))
        assert found.dtype == torch.float32
        torch.testing.assert_close(
            found, prototype_weights(features.float(), phi['P'].to(dtype).float()))


FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(deadline=None, max_examples=60)
@given(arrays(np.float32, (5, 3), elements=FINITE), arrays(np.float32, (4, 3), elements=FINITE),
       st.sampled_from(['cosine', 'inner']), st.sampled_from([1.0, 10.0, math.inf]))
def test_any_finite_input_gives_finite_weights_of_mean_one(features, prototypes, similarity, ratio):
    found = prototype_weights(torch.from_numpy(features), torch.from_numpy(prototypes), ratio,
                              similarity)
    assert found.isfinite().all() and (found >= 0).all()
    assert found.mean().item() == pytest.approx(1.0, abs=1e-5)
    assert (found.max() <= ratio**2 * found.min() * (1 + 1e-5)) or ratio == math.inf


def test_the_largest_doubles_give_finite_weights():
    extremes = torch.tensor([[1.7e308, -1.7e308], [-1.7e308, 0.0], [5e-324, 0.0], [0.0, 0.0]],
                            dtype=torch.float64)
    for similarity in ('cosine', 'inner'):
        for features in (extremes, 1e-300 * extremes):
            found = prototype_weights(features, extremes[:2], math.inf, similarity)
            assert found.isfinite().all() and found.mean() == pytest.approx(1.0)


@settings(deadline=None, max_examples=40)
@given(arrays(np.float64, st.integers(1, 9), elements=st.floats(-50, 50)), st.floats(-1e3, 1e3))
def test_weights_fall_with_similarity_whatever_is_added_to_all(sums, shift):
    sums = torch.from_numpy(sums)
    found = rebalancing_weights(sums)
    torch.testing.assert_close(rebalancing_weights(sums + shift), found, rtol=1e-9, atol=1e-9)
    order = sums.argsort()
    assert (found[order].diff() <= 1e-12).all()
    torch.testing.assert_close(rebalancing_weights(sums[order]), found[order])


def test_equal_similarities_give_ones():
    features = torch.randn(1, 16, generator=torch.Generator().manual_seed(0)).expand(7, 16)
    assert prototype_weights(features, torch.randn(5, 16)).equal(torch.ones(7))
    assert prototype_weights(features[:1], torch.randn(5, 16)).equal(torch.ones(1))


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='cosine, inner, got .dot.'):
        prototype_weights(torch.ones(2, 3), torch.ones(4, 3), similarity='dot')
    with pytest.raises(ValueError, match='at least 1, got 0.5'):
        prototype_weights(torch.ones(2, 3), torch.ones(4, 3), clip_ratio=0.5)
    with pytest.raises(ValueError, match=r'got \(2, 3\) and \(4, 2\)'):
        prototype_weights(torch.ones(2, 3), torch.ones(4, 2))


def test_nearest_images_are_those_of_the_largest_cosine():
    rng = np.random.default_rng(0)
    features, prototypes = rng.normal(size=(50, 6)), rng.normal(size=(150, 6))
    lengths = np.linalg.norm(features, axis=1) * np.linalg.norm(prototypes, axis=1)[:, None]
    expected = (prototypes @ features.T / lengths).argmax(axis=1)
    scaled = torch.from_numpy(features * rng.uniform(0.1, 9, (50, 1)))
    assert nearest_images(scaled, torch.from_numpy(prototypes)).tolist() == expected.tolist()
    assert not np.array_equal(
        nearest_images(scaled, torch.from_numpy(-prototypes)).numpy(), expected)
