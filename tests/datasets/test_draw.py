import random

import numpy as np
import pytest
import torch
from mmcv.transforms import BaseTransform
from mmpretrain.registry import TRANSFORMS

from ltplug.datasets import Digits, Draw, DrawDataset, LongTailSubset


@TRANSFORMS.register_module(force=True)
class RollDice(BaseTransform):
    """Writes a number of each random stream on the image."""

    def transform(self, results):
        dice = [random.random(), np.random.rand(), float(torch.rand(()))]
        results['img'] = np.full_like(results['img'], 255 * sum(dice) / 3)
        results['dice'] = dice
        return results


PIPELINE = [dict(type='RollDice'), dict(type='PackInputs', meta_keys=('dice', ))]


def test_a_seeded_draw_looks_the_same_whatever_happened_before():
    dataset = DrawDataset(Digits(size=8, pipeline=PIPELINE))
    first = dataset[Draw(3, seed=11)]['data_samples'].dice
    torch.rand(5), np.random.rand(5), random.random()
    assert dataset[Draw(3, seed=11)]['data_samples'].dice == first
    other = dataset[Draw(3, seed=12)]['data_samples'].dice
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_marks_reach_the_data_sample():
    dataset = LongTailSubset(Digits(size=8, pipeline=PIPELINE), imbalance_ratio=10)
    sample = dataset[Draw(200, seed=1, branch='balanced')]['data_samples']
    assert (sample.dataset_index, sample.branch) == (200, 'balanced')
    assert int(sample.gt_label) == dataset.get_gt_labels()[200]
    plain = dataset[200]['data_samples']
    assert (plain.dataset_index, plain.branch) == (200, None)


def test_a_dataset_that_cannot_carry_marks():
    with pytest.raises(TypeError, match="end its pipeline with dict\\(type='PackInputs'"):
        DrawDataset(Digits(size=8))[Draw(0)]
    assert DrawDataset(Digits(size=8))[0]['gt_label'] == 0


def test_a_broken_image_raises_instead_of_becoming_another():
    class Broken(Digits):

        def prepare_data(self, idx):
            return None if idx == 4 else super().prepare_data(idx)

    dataset = DrawDataset(Broken(size=8))
    assert dataset[3]['gt_label'] == 3
    with pytest.raises(Exception, match='Cannot find valid image'):
        dataset[4]
