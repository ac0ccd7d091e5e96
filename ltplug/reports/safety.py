"""What must never cost a run its result."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from mmengine.logging import print_log


@contextmanager
def only_warn(what: str) -> Iterator[None]:
    """Turn any failure of a block into one line of warning.

    Args:
        what (str): What the block makes, the subject of the sentence, such as 'The report'.

    Yields:
        None
    """
    try:
        yield
    except Exception as error:  # whatever it is, hours of training are worth more
        text = str(error).strip().partition('\n')[0]
        print_log(f'{what} could not be written ({type(error).__name__}: {text}); the results of '
                  'the run are not affected.', logger='current', level=logging.WARNING)
