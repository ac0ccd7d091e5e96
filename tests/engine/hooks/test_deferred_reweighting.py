import re
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
from mmengine.runner import EpochBasedTrainLoop
from torch import nn

from ltplug.engine import DeferredReweightingHook
from ltplug.models import LDAMLoss
from ltplug.ops import class_weights


def runner(model, epoch=0, max_epochs=10):
    return SimpleNamespace(model=model, epoch=epoch, max_epochs=max_epochs, train_loop=None,
                           _train_loop=Mock(spec=EpochBasedTrainLoop))


@pytest.mark.parametrize(('begin', 'first'), [(None, 8), (3, 3), (0, 0)])
def test_weights_are_switched_on_from_the_given_epoch(begin, first):
    model = nn.Sequential(LDAMLoss(class_counts=[90, 10]))
    hook = DeferredReweightingHook(begin, 'inverse')
    hook.before_run(runner(model))
    schemes = []
    for epoch in range(10):
        hook.before_train_epoch(runner(model, epoch))
        schemes.append(model[0].scheme)
    assert schemes == ['none'] * first + ['inverse'] * (10 - first)


def test_a_run_resumed_in_the_second_phase_is_weighted_at_once():
    model = nn.Sequential(LDAMLoss(class_counts=[90, 10]))
    hook = DeferredReweightingHook(beta=0.99)
    hook.before_run(runner(model, epoch=9))
    hook.before_train_epoch(runner(model, epoch=9))
    assert (model[0].scheme, model[0].beta) == ('effective', 0.99)


@pytest.mark.parametrize(('epochs', 'first'), [(1, 0), (2, 1), (3, 2), (60, 48), (200, 160)])
def test_the_default_fits_every_length(epochs, first):
    hook = DeferredReweightingHook()
    hook.before_run(runner(nn.Sequential(LDAMLoss()), max_epochs=epochs))
    assert hook.begin_epoch == first


def test_weights_of_the_phases_equal_the_reference(golden):
    counts, checked = golden('rebal_counts'), 0
    for name, expected in golden('rebal_losses').items():
        match = re.fullmatch(r'drw_(cifar\w+)_epoch(\d+)', name)
        if match:
            model = nn.Sequential(LDAMLoss(class_counts=counts[match[1]]))
            state = runner(model, epoch=int(match[2]), max_epochs=200)
            hook = DeferredReweightingHook()
            hook.before_run(state)
            hook.before_train_epoch(state)
            weights = class_weights(counts[match[1]], model[0].scheme, model[0].beta)
            np.testing.assert_allclose(weights, expected, rtol=1e-5)
            checked += 1
    assert checked == 32


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="got 'log'"):
        DeferredReweightingHook(scheme='log')
    with pytest.raises(ValueError, match='finds no loss to re-weight'):
        DeferredReweightingHook().before_run(runner(nn.Linear(1, 1)))
    with pytest.raises(ValueError, match='epoch 10, which a training of 10 epochs never reaches'):
        DeferredReweightingHook(10).before_run(runner(nn.Sequential(LDAMLoss())))
