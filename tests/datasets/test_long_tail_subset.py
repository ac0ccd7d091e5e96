import numpy as np
import pytest
from mmengine.dataset import ConcatDataset
from mmpretrain.datasets import BaseDataset

from ltplug.datasets import Digits, LongTailSubset, class_counts


class Labelled(BaseDataset):
    """A dataset of labels alone."""

    def __init__(self, labels, names=None):
        self.labels = labels
        names = names or [str(i) for i in range(max(labels) + 1)]
        super().__init__(ann_file='', metainfo=dict(classes=names))

    def load_data_list(self):
        return [dict(gt_label=int(label)) for label in self.labels]


@pytest.mark.parametrize(('name', 'seed', 'arguments'), [
    ('cifar10_exp_rho100', 0, {}),
    ('cifar10_exp_rho100', 1, {}),
    ('cifar100_exp_rho100', 0, {}),
    ('cifar100_exp_rho100', 1, {}),
    ('svhn_exp_rho50', 0,
     dict(imbalance_ratio=50, max_count=1000, class_order=[1, 2, 3, 4, 5, 6, 7, 8, 9, 0])),
])
def test_selection_equals_the_reference(golden, name, seed, arguments):
    counts = golden('rebal_counts')
    source = Labelled(counts[f'in_select_{name.split("_")[0]}_targets'])
    subset = LongTailSubset(source, seed=seed, **arguments)
    np.testing.assert_array_equal(subset.indices, counts[f'select_{name}_seed{seed}'])
    expected = counts[name if name in counts else name.replace('exp', 'by_class_exp')]
    np.testing.assert_array_equal(class_counts(subset), expected)


def test_selection_leaves_global_streams_alone():
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    LongTailSubset(Digits(size=8))
    assert np.random.rand() == expected


def test_over_concatenated_sources_images_follow_labels():
    source = ConcatDataset([Digits(size=8), Digits(split='test', size=8)])
    subset = LongTailSubset(source, imbalance_ratio=20, profile='step')
    smallest = int(class_counts(source).min())
    assert class_counts(subset).tolist() == [smallest] * 5 + [smallest // 20] * 5
    for index in (0, len(subset) // 2, len(subset) - 1):
        expected = source[subset.inner_index(index)]['img']
        np.testing.assert_array_equal(subset[index]['img'], expected)


def test_max_count_caps_the_head():
    counts = class_counts(LongTailSubset(Digits(size=8), imbalance_ratio=10, max_count=50))
    assert counts[0] == 50 and counts[-1] == 5


def test_alpha_shapes_the_pareto_profile():
    counts = [class_counts(LongTailSubset(Digits(size=8), imbalance_ratio=20, profile='pareto',
                                          alpha=alpha)) for alpha in (6.0, 1.0)]
    assert all(c[0] == 134 and c[-1] == 6 for c in counts)
    assert counts[1].sum() < counts[0].sum()


def test_class_order_names_the_head_first():
    order = [7, 0, 1, 2, 3, 4, 5, 6, 8, 9]
    counts = class_counts(LongTailSubset(Digits(size=8), imbalance_ratio=10, class_order=order))
    assert counts.argmax() == 7 and counts.argmin() == 9


@pytest.mark.parametrize(('arguments', 'sentence'), [
    (dict(imbalance_ratio=0.5), 'at least 1'),
    (dict(imbalance_ratio=10, imbalance_factor=0.1), 'not both'),
    (dict(imbalance_ratio=1e4), 'without images.*at most 134'),
    (dict(max_count=138, imbalance_ratio=1), 'Class 2 has 137 images but .* asks for 138'),
    (dict(class_order=[0, 1, 1, 3, 4, 5, 6, 7, 8, 9]), 'each of the 10 labels once'),
    (dict(profile='linear'), 'one of exp, step, pareto'),
])
def test_mistakes_are_told(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        LongTailSubset(Digits(size=8), **arguments)


def test_lazy_and_failed_subsets_say_the_same_again():
    lazy = LongTailSubset(dict(type='ltplug.Digits', size=8), lazy_init=True)
    assert lazy.inner_index(0) == lazy.indices[0]
    broken = LongTailSubset(Digits(size=8), max_count=500, lazy_init=True)
    for _ in range(2):
        with pytest.raises(ValueError, match='lower max_count'):
            len(broken)


def test_a_class_without_images_is_told():
    with pytest.raises(ValueError, match=r'Classes \[2\] of the source have no image'):
        LongTailSubset(Labelled([0, 0, 1, 1], names='abc'))
