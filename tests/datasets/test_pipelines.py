from mmengine.dataset import ConcatDataset

from ltplug.datasets import Digits, DrawDataset, LongTailSubset, with_pipeline, with_test_transforms

CROP = [dict(type='RandomCrop', crop_size=8), dict(type='PackInputs')]
PLAIN = [dict(type='PackInputs')]


def test_samples_stay_and_transforms_change():
    train = LongTailSubset(Digits(split='train', pipeline=CROP), imbalance_ratio=50)
    changed = with_test_transforms(train, DrawDataset(Digits(split='test', pipeline=PLAIN)))
    assert len(changed) == len(train)
    assert (changed.get_gt_labels() == train.get_gt_labels()).all()
    assert changed[3]['inputs'].shape == (3, 16, 16)
    assert train[3]['inputs'].shape == (3, 8, 8), 'the training data are left as they were'


def test_all_of_several_datasets_change():
    parts = [Digits(split=split, pipeline=CROP) for split in ('train', 'test')]
    both = with_pipeline(ConcatDataset(parts), Digits(split='test', pipeline=PLAIN).pipeline)
    assert both[0]['inputs'].shape == both[len(both) - 1]['inputs'].shape == (3, 16, 16)
