import pytest
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmpretrain.datasets import CIFAR10, CustomDataset

from ltplug.datasets import Digits, DrawDataset, LongTailSubset
from ltplug.utils.class_names import check_same_classes, class_names, complete_names, names_in

LEARNED = ('cat', 'dog', 'fish')


def check(names, expected=LEARNED):
    check_same_classes(names, expected, 'the test data', 'the training data')


@pytest.mark.parametrize('names', [None, LEARNED, list(LEARNED), ('cat', 'dog')])
def test_equal_names_and_a_lack_of_the_last_ones_are_fine(names):
    check(names)
    check(LEARNED, None)


@pytest.mark.parametrize(('names', 'sentence'), [
    (('cat', 'fish'), "Label 1 is 'fish' in the test data, but 'dog' in the training data"),
    (('Dog', 'cat', 'fish'), "Label 0 is 'Dog' in the test data, but 'cat' in"),
    ((*LEARNED, 'owl'), "Label 3 is 'owl' in the test data, but the training data have 3 classes"),
])
def test_the_first_difference_is_named_with_the_cure(names, sentence):
    with pytest.raises(ValueError, match=sentence) as told:
        check(names)
    assert 'classes_from=' in str(told.value) and 'metainfo=dict(classes=' in str(told.value)


@pytest.mark.parametrize('metainfo', [
    None, {}, dict(classes=None), dict(classes=()), dict(classes='cat')])
def test_no_names(metainfo):
    assert names_in(metainfo) is None


def test_names_are_compared_as_text():
    assert names_in(dict(classes=[0, 1])) == names_in(dict(classes=('0', '1'))) == ['0', '1']


def test_names_of_wrappers_and_of_unread_folders(tmp_path):
    for name in 'ab':
        (tmp_path / name).mkdir()
        (tmp_path / name / '1.png').touch()
    folder = CustomDataset(data_root=str(tmp_path), lazy_init=True)
    assert class_names(DrawDataset(RepeatDataset(folder, 2))) == ['a', 'b']
    digits = Digits(size=8)
    for dataset in (digits, ConcatDataset([digits, digits]), LongTailSubset(digits)):
        assert class_names(dataset) == list('0123456789')
    assert class_names([1, 2]) is None
    assert names_in(CIFAR10.METAINFO)[0] == 'airplane'


def test_a_class_without_a_name_is_called_by_its_label():
    assert complete_names(('cat', ), 3) == ['cat', '1', '2']
    assert complete_names(None, 2) == ['0', '1']
