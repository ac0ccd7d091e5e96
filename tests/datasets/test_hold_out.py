import numpy as np
import pytest

from ltplug.datasets import Digits, HoldOut, LongTailSubset, class_counts

SOURCE = Digits(size=8)


def part(name, seed=0, images_per_class=30):
    return HoldOut(SOURCE, images_per_class, seed, name)


def test_the_parts_are_complements_with_as_many_images_of_each_class():
    train, val = part('train'), part('val')
    assert class_counts(val).tolist() == [30] * 10
    assert (class_counts(train) + 30).tolist() == class_counts(SOURCE).tolist()
    assert sorted([*train.indices, *val.indices]) == list(range(len(SOURCE)))


def test_the_seed_chooses_the_images():
    np.testing.assert_array_equal(part('val').indices, part('val').indices)
    assert len(np.intersect1d(part('val').indices, part('val', seed=1).indices)) < 150
    first = [np.flatnonzero(np.isin(np.flatnonzero(SOURCE.get_gt_labels() == c),
                                    part('val').indices)).tolist() for c in (0, 1)]
    assert first[0] != first[1], 'every class is drawn on its own'


def test_images_are_held_out_before_a_long_tail_is_carved():
    subset = LongTailSubset(part('train'), imbalance_ratio=10)
    assert class_counts(subset)[0] == class_counts(SOURCE).min() - 30
    used = {part('train').inner_index(i) for i in subset.indices}
    assert not used & set(part('val').indices.tolist())
    index = len(subset) - 1
    np.testing.assert_array_equal(
        subset[index]['img'], SOURCE[part('train').inner_index(subset.inner_index(index))]['img'])


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='Class 8 has 134 images, so none would be left to train'):
        part('train', images_per_class=134)
    with pytest.raises(ValueError, match="got 'test'"):
        part('test')
    with pytest.raises(ValueError, match='got 0'):
        part('val', images_per_class=0)
