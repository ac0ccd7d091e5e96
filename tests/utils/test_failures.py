import json

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from ltplug.ops import shot_groups
from ltplug.utils.failures import read_failure


def failure_of(function):
    with pytest.raises(Exception) as caught:
        function()
    return read_failure(caught.value)


def of_project():
    raise KeyError('mask')


class Broken(torch.utils.data.Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        raise ValueError('first line\nsecond line')


def test_a_failure_in_a_project_is_placed_there():
    failure = failure_of(of_project)
    assert (failure.kind, failure.text, failure.is_ours) == ('KeyError', "'mask'", False)
    assert failure.project_frame.function == 'of_project'
    assert failure.project_frame.file == __file__
    assert failure_of(lambda: json.loads('{')).project_frame.function == '<lambda>'


def test_a_sentence_of_ours_is_told_from_a_failure_in_our_code():
    assert failure_of(lambda: shot_groups([1], 'none')).is_ours
    assert not failure_of(lambda: shot_groups(np.array(['a']))).is_ours
    assert not failure_of(lambda: torch.zeros(3) @ torch.zeros(4)).is_ours


def test_a_failure_in_a_loading_process_is_told_as_it_was_there():
    failure = failure_of(lambda: next(iter(DataLoader(Broken(), num_workers=1))))
    assert (failure.kind, failure.summary) == ('ValueError', 'first line')
    assert failure.text == 'first line\nsecond line'
    assert failure.project_frame.function == '__getitem__'
