import numpy as np
import pytest

from ltplug.datasets import ProgressivelyBalancedSampler

from .labelled import chi_square, make

EPOCHS = (1, 2, 45, 89, 90)


@pytest.mark.parametrize(('schedule', 'name'), [
    ('code', 'progressive_class_p_epoch{}of90'),
    ('code', 'bf_p_progressive_code_epoch{}of90'),
    ('paper', 'bf_p_progressive_papertext_t{}of90'),
])
def test_class_probabilities_equal_the_reference(golden, schedule, name):
    expected = golden('rebal_samplers')
    sampler = make(ProgressivelyBalancedSampler, expected['in_counts'], total_epochs=90,
                   schedule=schedule)
    for epoch in EPOCHS:
        np.testing.assert_allclose(sampler.class_probabilities(epoch - 1),
                                   expected[name.format(epoch)])


@pytest.mark.parametrize('epoch', EPOCHS)
def test_class_frequencies_follow_the_epoch(golden, epoch):
    expected = golden('rebal_samplers')
    sampler = make(ProgressivelyBalancedSampler, expected['in_counts'], total_epochs=90,
                   num_samples=100000)
    probabilities = expected[f'bf_p_progressive_code_epoch{epoch}of90']
    assert abs(chi_square(sampler, probabilities, [epoch - 1])) < 5


@pytest.mark.parametrize('schedule', ['code', 'paper'])
def test_later_epochs_stay_balanced(schedule):
    sampler = make(ProgressivelyBalancedSampler, [9, 1], total_epochs=3, schedule=schedule)
    np.testing.assert_allclose(sampler.class_probabilities(7), [0.5, 0.5])


def test_a_single_epoch_has_a_balance():
    assert make(ProgressivelyBalancedSampler, [9, 1], total_epochs=1).balance(0) == 0


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(total_epochs=0), 'total_epochs must be positive, got 0'),
    (dict(total_epochs=3, schedule='linear'), "schedule must be one of code, paper, got 'linear'"),
])
def test_mistakes_are_told(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(ProgressivelyBalancedSampler, [3, 2], **kwargs)
