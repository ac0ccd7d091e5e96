import copy
import pickle

import pytest
import torch
from mmengine.model import BaseDataPreprocessor
from mmpretrain.structures import DataSample

from ltplug.structures import SampleList
from tests.structures.samples import assert_equal, sample


def columns(labels=(1, 7), boxes=None):
    tensors = {'gt_label': torch.tensor(labels)}
    if boxes is not None:
        tensors['patch_boxes'] = boxes
    return SampleList.from_columns(len(labels), tensors, {'dataset_index': [4, 9]})


SAMPLES = {
    'marks': [sample(1, dataset_index=4, branch=None), sample(2, dataset_index=9, branch='u')],
    'different marks': [sample(1, dataset_index=4), sample(2, other=9)],
    'several labels': [sample([1, 2]), sample(3)],
    'as many labels': [sample([1, 2]), sample([3, 4])],
    'scores': [sample(1).set_gt_score(torch.tensor([0.5, 0.5])),
               sample(1).set_gt_score(torch.ones(2))],
    'scores of two lengths': [DataSample().set_gt_score(torch.ones(2)),
                              DataSample().set_gt_score(torch.ones(3))],
    'scores of two types': [DataSample().set_gt_score(torch.ones(2)),
                            DataSample().set_gt_score(torch.ones(2, dtype=torch.float64))],
    'a label for the second': [DataSample(metainfo={'dataset_index': 1}),
                               sample(1, dataset_index=4)],
    'no labels': [DataSample(), DataSample(metainfo={'dataset_index': 1})],
    'none': [],
}


@pytest.mark.parametrize('samples', SAMPLES.values(), ids=SAMPLES)
def test_samples_come_out_as_they_went_in(samples):
    assert_equal(pickle.loads(pickle.dumps(SampleList(samples))), samples)
    assert_equal(copy.deepcopy(SampleList(samples)), samples)


class Own(DataSample):
    """Samples of somebody else."""


def test_samples_of_another_class_stay_of_it():
    assert type(pickle.loads(pickle.dumps(SampleList([Own(), Own()])))[0]) is Own


def test_what_samples_hold_leaves_a_process_as_columns():
    _, (length, tensors, marks) = SampleList(
        [sample(1, branch='u').set_gt_score(torch.ones(2)), sample(7, branch='b').set_gt_score(
            torch.zeros(2))]).__reduce__()
    assert length == 2 and tensors['gt_label'].tolist() == [1, 7]
    assert tensors['gt_score'].tolist() == [[1, 1], [0, 0]] and marks['branch'] == ['u', 'b']


class Special(DataSample):
    pass


def test_samples_that_are_no_columns_leave_a_process_as_they_are():
    captioned = DataSample()
    captioned.set_field('a cat', 'caption')
    for one in (captioned, Special()):
        assert SampleList([one]).columns() is None
        (again, ) = pickle.loads(pickle.dumps(SampleList([one])))
        assert type(again) is type(one) and again.get('caption') == one.get('caption')
    assert SampleList().tensors('gt_label') is None


@pytest.mark.parametrize('prefix', 'abcd')  # sets of few names may come in one order by chance
def test_the_order_in_which_fields_were_set_does_not_matter(prefix):
    names = [f'{prefix}_{number}' for number in range(18)]
    samples = []
    for order in (names, names[::-1]):
        samples.append(DataSample())
        for name in order:
            samples[-1].set_field(torch.ones(1), name)
    tensors, _ = SampleList(samples).columns()
    assert tensors.keys() == set(names)


def test_columns_become_samples_when_one_is_asked_for():
    samples = columns(boxes=torch.arange(8.0).view(2, 1, 4))
    assert samples.is_columns
    assert samples[1].gt_label.tolist() == [7] and samples[1].dataset_index == 9
    assert samples[1].patch_boxes.tolist() == [[4, 5, 6, 7]]
    assert not samples.is_columns and samples[-1] is samples[1], 'it is the same from now on'
    samples[0].set_gt_label(5)
    assert samples.tensors('gt_label').tolist() == [5, 7], 'a changed sample counts'
    assert [each.dataset_index for each in samples] == samples.marks('dataset_index') == [4, 9]
    assert len(samples[:1]) == 1


@pytest.mark.parametrize('looked_at', [False, True])
def test_fields_are_set_and_read_for_all(looked_at):
    samples = columns()
    if looked_at:
        list(samples)
    assert samples.tensors('patch_boxes') is None and samples.marks('branch') is None
    samples.set_tensors('patch_boxes', torch.ones(2, 3, 4))
    samples.set_tensors('gt_label', torch.tensor([3, 2]))
    assert samples.tensors('patch_boxes').shape == (2, 3, 4)
    assert samples.tensors('gt_label').tolist() == [3, 2]
    assert samples.is_columns is not looked_at
    assert samples[0].gt_label.tolist() == [3] and samples[1].patch_boxes.shape == (3, 4)


def test_marks_that_no_sample_has():
    marked = SampleList.from_columns(2, {}, {'branch': [None, None], 'other': [None, 0]})
    for _ in range(2):
        assert marked.marks('branch') is None and marked.marks('other') == [None, 0]
        assert len(list(marked)) == 2  # then as samples


def test_marks_that_some_samples_have_are_none_for_the_others():
    assert SampleList([sample(1, is_labeled=True), sample(2)]).marks('is_labeled') == [True, None]


@pytest.mark.parametrize('looked_at', [False, True])
def test_all_tensors_move(looked_at):
    samples = columns(boxes=torch.ones(2, 1, 4))
    if looked_at:
        list(samples)
    assert samples.to(torch.device('meta')) is samples
    assert samples.is_columns is not looked_at
    assert samples[0].gt_label.is_meta and samples[1].patch_boxes.is_meta


def test_copies_and_pinned_memory_share_columns():
    samples = columns()
    assert samples.pin_memory() is samples
    again = copy.copy(samples)
    again.set_tensors('gt_label', torch.tensor([0, 0]))
    assert samples.is_columns and samples.tensors('gt_label').tolist() == [1, 7]
    own = SampleList([sample(1)])
    assert copy.copy(own)[0] is own[0]


def test_columns_of_another_length_are_refused():
    with pytest.raises(ValueError, match='gt_label has 3 values for 2 samples'):
        SampleList.from_columns(2, {'gt_label': torch.zeros(3)}, {})


def test_preprocessors_of_mmengine_take_them():
    data = BaseDataPreprocessor().cast_data({'data_samples': columns()})
    assert_equal(data['data_samples'], columns())
    assert 'gt_label' in repr(columns())
