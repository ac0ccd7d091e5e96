import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ltplug.ops.sampling import class_cycles, image_cycles, power_probabilities

COUNTS = st.lists(st.integers(1, 30), min_size=1, max_size=12).map(np.array)


def generator(seed=0):
    return np.random.default_rng(seed)


def test_powers_equal_the_reference(golden):
    expected = golden('rebal_samplers')
    counts = expected['in_counts']
    for power, name in ((1, 'instance'), (0.5, 'sqrt'), (0, 'class')):
        np.testing.assert_allclose(power_probabilities(counts, power), expected[f'bf_p_{name}'])


def test_extreme_powers_stay_finite():
    np.testing.assert_array_equal(power_probabilities(np.array([10, 5, 2]), 1e4), [1, 0, 0])
    np.testing.assert_array_equal(power_probabilities(np.array([10, 5, 2]), -1e4), [0, 0, 1])
    with pytest.raises(ValueError, match='power must be a finite number, got nan'):
        power_probabilities(np.array([1, 2]), float('nan'))


@settings(deadline=None, max_examples=150)
@given(num_classes=st.integers(1, 15), length=st.integers(0, 200), window=st.integers(1, 15),
       seed=st.integers(0, 1000))
def test_class_cycles(num_classes, length, window, seed):
    assume(window <= num_classes)
    drawn = class_cycles(num_classes, length, generator(seed), window)
    assert len(drawn) == length
    for size in (num_classes, window):  # aligned cycles and windows alike hold each class once
        for start in range(0, length, size):
            part = drawn[start:start + size]
            assert len(set(part)) == len(part)
    assert np.bincount(drawn, minlength=num_classes).sum() == length


def test_windows_leave_the_classes_of_a_cycle_in_any_order():
    firsts = [class_cycles(5, 10, generator(seed), 3)[5:].tolist() for seed in range(600)]
    at_place = np.array([np.bincount(column, minlength=5) for column in zip(*firsts, strict=True)])
    assert (at_place > 60).all(), 'every class comes at every place of the second cycle'


@settings(deadline=None, max_examples=100)
@given(counts=COUNTS, steps=st.integers(1, 60), size=st.integers(1, 6), seed=st.integers(0, 1000))
def test_image_cycles_use_images_alike(counts, steps, size, seed):
    rng = generator(seed)
    blocks = rng.integers(len(counts), size=steps)
    images = image_cycles(counts, blocks, size, rng)
    assert images.shape == (steps, size)
    for label, count in enumerate(counts):
        drawn = images[blocks == label].ravel()
        for start in range(0, len(drawn), count):
            part = drawn[start:start + count]
            assert len(set(part)) == len(part), 'no image twice inside a cycle'
        assert drawn.max(initial=0) < count and drawn.min(initial=0) >= 0


@settings(deadline=None, max_examples=100)
@given(counts=COUNTS, steps=st.integers(1, 60), size=st.integers(1, 6), seed=st.integers(0, 1000))
def test_distinct_blocks_repeat_only_where_they_must(counts, steps, size, seed):
    rng = generator(seed)
    blocks = rng.integers(len(counts), size=steps)
    images = image_cycles(counts, blocks, size, rng, distinct=True)
    for block, drawn in zip(blocks, images, strict=True):
        assert drawn.min() >= 0 and drawn.max() < counts[block]
        assert counts[block] < size or len(set(drawn)) == size


def test_distinct_blocks_leave_no_image_out():
    images = image_cycles(np.array([7]), np.zeros(3500, dtype=int), 4, generator(), distinct=True)
    uses = np.bincount(images.ravel())
    np.testing.assert_allclose(uses, 2000, rtol=0.06)
