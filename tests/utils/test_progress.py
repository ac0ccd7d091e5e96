import io
import logging
import time

import pytest
from mmengine.logging import MMLogger
from rich.console import Console

from ltplug.utils import progress, show_progress, track


@pytest.fixture
def logged(tmp_path, monkeypatch):
    """Let lines come at once; gives the logger's file and what it shows people."""
    monkeypatch.setattr(progress, 'SECONDS_BETWEEN_LINES', 0.0)
    logger = MMLogger.get_instance('progress', log_file=str(tmp_path / 'log'), file_mode='w')
    screen = io.StringIO()
    logger.handlers[0].setStream(screen)
    yield tmp_path / 'log', screen
    logging.Logger.manager.loggerDict.pop('progress', None)
    MMLogger._instance_dict.pop('progress')


def terminal(monkeypatch):
    screen = io.StringIO()
    monkeypatch.setattr(progress, 'Console', lambda stderr: Console(
        file=screen, force_terminal=True, width=100))
    return screen


def test_lines_tell_how_long_it_takes_without_a_terminal(logged, monkeypatch):
    now = iter(range(0, 1000, 40))
    monkeypatch.setattr(progress.time, 'monotonic', lambda: float(next(now)))
    monkeypatch.setattr(progress, 'SECONDS_BETWEEN_LINES', 60.0)
    assert list(track('abcde', 'Letters', 45, 'letters', per_item=10)) == list('abcde')
    for place in (logged[0].read_text(), logged[1].getvalue()):
        assert [line.split(' - INFO - ')[-1] for line in place.splitlines()] == [
            'Letters: 20 of 45 letters (44%), about 0:01:40 left.',
            'Letters: 40 of 45 letters (89%), about 0:00:20 left.',
            'Letters: 45 letters in 0:04:00.']


def test_short_steps_leave_no_lines(logged, monkeypatch):
    monkeypatch.setattr(progress, 'SECONDS_BETWEEN_LINES', 30.0)
    list(track(range(1000), 'Numbers'))
    assert logged[0].read_text() == ''


def test_a_terminal_has_a_bar_and_the_file_the_lines(logged, monkeypatch):
    screen = terminal(monkeypatch)
    for _ in track(range(3), 'Outer'):
        with show_progress('Inner', 2) as advance:
            advance(1)
            time.sleep(0.2)  # bars are drawn ten times a second
            advance(1)
    shown = screen.getvalue()
    assert 'Outer' in shown and 'Inner' in shown and '1/2' in shown and '0:00:0' in shown
    assert 'Outer: 3 steps in 0:00:0' in logged[0].read_text()
    assert logged[1].getvalue() == ''
    assert not progress._open_bars


def test_a_failure_closes_the_bar(monkeypatch):
    terminal(monkeypatch)
    with pytest.raises(ZeroDivisionError), show_progress('Step', 3) as advance:
        advance(1 // 0)
    assert not progress._open_bars


def test_other_processes_say_nothing(logged, monkeypatch):
    screen = terminal(monkeypatch)
    monkeypatch.setattr(progress, 'is_main_process', lambda: False)
    assert list(track(range(3), 'Step')) == [0, 1, 2]
    assert screen.getvalue() == logged[0].read_text() == ''


def test_an_unknown_length_is_refused():
    with pytest.raises(TypeError, match='need total=..., the number of images'):
        list(track(iter([1]), 'Reading', unit='images'))
