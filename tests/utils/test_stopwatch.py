"""Time is charged to the innermost section."""

from types import SimpleNamespace

import pytest

from ltplug.utils import Stopwatch, stopwatch


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=10.0)
    monkeypatch.setattr(stopwatch.time, 'perf_counter', lambda: clock.now)
    return clock


def test_sections_inside_others_do_not_count_twice(clock):
    watch = Stopwatch()
    with watch.section('step'):
        clock.now += 1
        with watch.section('forward'):
            clock.now += 2
        clock.now += 4
    clock.now += 8  # outside
    with watch.section('forward'):
        clock.now += 16
    assert watch.spent == {'step': 5, 'forward': 18}
    assert watch.entries == {'step': 1, 'forward': 2}


def test_a_failing_section_is_closed(clock):
    watch = Stopwatch()
    with watch.section('step'):
        with pytest.raises(KeyError), watch.section('forward'):
            clock.now += 1
            raise KeyError
        clock.now += 2
    assert watch.spent == {'step': 2, 'forward': 1}
    with pytest.raises(IndexError):
        watch.stop()


def test_the_device_is_waited_for_before_the_clock_is_read(clock):
    def finish():
        clock.now += 1

    watch = Stopwatch(finish)
    timed = watch.wrap('kernel', lambda value: value + 1)
    assert timed(1) == 2
    assert watch.spent == {'kernel': 1}


def test_a_reset_leaves_open_sections_open(clock):
    watch = Stopwatch()
    with watch.section('step'):
        clock.now += 1
        watch.reset()
        clock.now += 2
    assert watch.spent == {'step': 2}
