import numpy as np
import pytest
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from ltplug.datasets import (
    Digits,
    Draw,
    DrawDataset,
    HoldOut,
    LongTailSubset,
    StrengthDrawBatchSampler,
    StrengthRandAugment,
    current_draw,
)

PIPELINE = [dict(type='ltplug.StrengthRandAugment'), dict(type='PackInputs')]


@pytest.fixture(scope='module')
def dataset():
    """Wrapped twice: the draw must reach the innermost pipeline."""
    return LongTailSubset(HoldOut(Digits(pipeline=PIPELINE), 10), imbalance_ratio=10)


def image(dataset, draw):
    return dataset[draw]['inputs'].numpy()


def test_the_share_of_augmented_images_is_their_strength(dataset):
    plain = image(dataset, 0)
    for strength in (0.0, 0.3, 1.0):
        changed = [not np.array_equal(image(dataset, Draw(0, seed, strength=strength)), plain)
                   for seed in range(200)]
        # some of the fifteen operations leave some images as they are
        assert 0.5 * strength - 0.1 <= np.mean(changed) <= strength + 0.1
    assert current_draw() is None


def test_levels_grow_with_the_strength():
    transform = StrengthRandAugment(policies=[dict(type='Rotate', magnitude_range=(0, 30),
                                                   random_negative_prob=0)])
    assert len(StrengthRandAugment().augment.transforms) == 15
    results, angles = dict(img=np.zeros((8, 8, 3), np.uint8)), []
    for strength in (0.5, 0.9, 1.0, 0.0):
        inner = CallInside(transform, results)
        DrawDataset(inner)[Draw(0, seed=5, strength=strength)]
        angles.append(transform.augment.transforms[0].random_magnitude())
    assert angles == [20.0, 28.0, 30.0, 30.0], 'nothing is drawn at strength 0'


class CallInside:
    """A dataset that applies a transform."""

    def __init__(self, transform, results):
        self.transform, self.results = transform, results

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return dict(self.transform(dict(self.results)), data_samples=DataSample())


@pytest.mark.parametrize('workers', [0, 2])
def test_strengths_travel_with_the_draws(dataset, workers):
    sampler = StrengthDrawBatchSampler(dataset=dataset, batch_size=50, seed=0)
    strengths = np.zeros(len(dataset))
    strengths[::2] = 1.0
    unset = [draw for batch in sampler for draw in batch]
    assert {draw.strength for draw in unset} == {0.0}
    sampler.strengths = strengths
    loader = DataLoader(dataset, batch_sampler=sampler, num_workers=workers, collate_fn=list)
    changed = {0: [], 1: []}
    for batch in loader:
        for sample in batch:
            index = sample['data_samples'].dataset_index
            changed[index % 2].append(
                not np.array_equal(sample['inputs'].numpy(), image(dataset, index)))
    assert np.mean(changed[0]) > 0.5 and not any(changed[1])
    assert [draw.seed for batch in sampler for draw in batch] == [draw.seed for draw in unset]


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='in order between 0 and 30, got 10 and 31'):
        StrengthRandAugment(levels=(10, 31))
    with pytest.raises(ValueError, match='wrap the training dataset'):
        StrengthDrawBatchSampler(dataset=Digits(pipeline=PIPELINE), seed=0)
