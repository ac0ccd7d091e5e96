import json
from pathlib import Path

import numpy as np
import pytest

from ltplug.datasets import HoldOut, LongTailSubset, class_counts, gt_labels
from ltplug.ops import tertile_groups

SPLITS = json.loads((Path(__file__).parent.parent / 'data/fassl_splits.json').read_text())
HELD_OUT = {'cifar10': 500, 'cifar100': 50}


class Labels:
    """A balanced dataset in an order of its own."""

    def __init__(self, num_classes, number=50_000):
        labels = np.arange(number) % num_classes
        self.labels = np.random.default_rng(0).permutation(labels)
        self.metainfo = {'classes': [str(label) for label in range(num_classes)]}

    def __len__(self):
        return len(self.labels)

    def get_gt_labels(self):
        return self.labels


def source_positions(dataset, indices):
    """Positions in the innermost dataset of positions in wrappers."""
    while hasattr(dataset, 'inner_index'):
        indices = [dataset.inner_index(index) for index in indices]
        dataset = dataset.dataset
    return set(indices)


@pytest.fixture(scope='module')
def remainder():
    """What is left of the training images after those for validation are set aside."""
    return {name: HoldOut(Labels(len(SPLITS[name]['split1']['D_i']['per_class'])), held_out)
            for name, held_out in HELD_OUT.items()}


@pytest.mark.parametrize('split', range(1, 6))
@pytest.mark.parametrize('name', HELD_OUT)
def test_the_splits_of_sdclr_have_the_published_counts(remainder, name, split):
    expected = SPLITS[name][f'split{split}']
    subset = LongTailSubset(remainder[name], class_order=f'{name}-split{split}')
    counts = class_counts(subset)
    assert counts.tolist() == expected['D_i']['per_class']
    assert len(subset) == expected['D_i']['total']
    for group, classes in tertile_groups(counts).items():
        assert classes.tolist() == expected['D_i'][group]
        share = counts[classes].sum() / len(subset)
        assert share == pytest.approx(expected['D_i'][f'share_{group}'], abs=6e-5)
    few_shot = LongTailSubset(subset, imbalance_ratio=1)
    assert class_counts(few_shot).tolist() == [expected['S_b']['per_class']] * len(counts)
    inside = source_positions(few_shot, range(len(few_shot)))
    assert inside < source_positions(subset, range(len(subset)))
    balanced = LongTailSubset(remainder[name], imbalance_ratio=1,
                              max_count=expected['D_b']['per_class'])
    assert len(balanced) == expected['D_b']['total']


@pytest.mark.parametrize('name', HELD_OUT)
def test_validation_images_are_in_no_subset(remainder, name):
    source = remainder[name].dataset
    val = HoldOut(source, HELD_OUT[name], part='val')
    assert len(val) == SPLITS[name]['val']['total']
    subset = LongTailSubset(remainder[name], class_order=f'{name}-split1')
    used = source_positions(subset, range(len(subset)))
    assert not used & source_positions(val, range(len(val)))
    held_out = {'cifar10': 0, 'cifar100': 50}[name]
    pool = HoldOut(remainder[name], held_out) if held_out else remainder[name]
    assert len(gt_labels(pool)) == SPLITS[name]['train_pool']['total']


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="tiny-imagenet, got 'split1'"):
        LongTailSubset(Labels(10), class_order='split1')
