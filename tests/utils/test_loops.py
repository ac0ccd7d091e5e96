from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, ValLoop

from ltplug.utils import built_loop, built_loops, check_epochs, is_training


def test_loops_are_those_that_are_built():
    train, test = Mock(spec=EpochBasedTrainLoop), Mock(spec=ValLoop)
    trains = SimpleNamespace(_train_loop=train, _val_loop=None, _test_loop=dict(type='TestLoop'))
    tests = SimpleNamespace(_train_loop=dict(max_epochs=3), _val_loop=None, _test_loop=test)
    assert built_loops(trains) == {'train': train} and built_loops(tests) == {'test': test}
    assert is_training(trains) and not is_training(tests)
    assert built_loop(trains, 'val') is built_loop(trains, 'test') is None


def test_who_counts_epochs_refuses_iterations():
    check_epochs(SimpleNamespace(train_loop=Mock(spec=EpochBasedTrainLoop)), 'SomeHook')
    with pytest.raises(ValueError, match='SomeHook counts epochs, which IterBasedTrainLoop has'):
        check_epochs(SimpleNamespace(train_loop=Mock(spec=IterBasedTrainLoop)),
                     'SomeHook counts epochs')
