import math

import numpy as np
import pytest
import torch

from ltplug.ops import class_temperatures


def case(golden, name):
    arrays = golden('sbcl_temperature')
    base, alpha = (float(arrays[f'{name}/{key}']) for key in ('base_temperature', 'alpha'))
    return (arrays[f'{name}/features'], arrays[f'{name}/labels'], base, alpha), arrays


@pytest.mark.parametrize('name', ['basic', 'equal', 'two'])
def test_temperatures_equal_the_reference(golden, name):
    args, arrays = case(golden, name)
    found = class_temperatures(*args)
    np.testing.assert_allclose(found, arrays[f'{name}/class_temperature'], rtol=1e-6)
    spread, expected = np.log(found / args[2]), arrays[f'{name}/phi']
    np.testing.assert_allclose(spread * expected.mean(), expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize('name', ['all_singletons', 'collapsed'])
def test_no_spread_at_all_is_the_limit_of_equal_spreads(golden, name):
    args, _ = case(golden, name)
    np.testing.assert_allclose(class_temperatures(*args), args[2] * math.e)


def test_a_class_without_samples_has_the_base_and_counts_for_nothing(golden):
    (features, labels, base, alpha), arrays = case(golden, 'basic')
    labels = np.where(labels >= 2, labels + 1, labels)
    found = class_temperatures(torch.from_numpy(features), torch.from_numpy(labels), base, alpha,
                               num_classes=9)
    assert found.dtype == torch.float64
    expected = np.full(9, base)
    expected[[0, 1, 3, 4, 5, 6]] = arrays['basic/class_temperature']
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)


def test_one_spread_class_among_thousands_stays_finite():
    features = np.eye(2)[[0, 1] + [0] * 2000]
    found = class_temperatures(features, np.array([0, 0, *range(1, 2001)]), 0.1)
    assert np.isfinite(found.astype(np.float32)).all() and (found >= 0.1).all()


@pytest.mark.parametrize(('args', 'message'), [
    ((np.ones((2, 2)), np.zeros(2, int), 0), 'base_temperature must be positive'),
    ((np.ones((2, 2)), np.zeros(3, int), 0.1), r'labels \[n\], got \(2, 2\) and \(3,\)'),
    ((np.ones((2, 2)), np.array([0, 4]), 0.1, 10, 4), 'labels run up to 4, but num_classes is 4'),
])
def test_mistakes_are_told(args, message):
    with pytest.raises(ValueError, match=message):
        class_temperatures(*args)
