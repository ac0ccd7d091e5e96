import numpy as np
import pytest
import torch
from mmengine.dataset import default_collate
from torch.utils.data import DataLoader

from ltplug.datasets import Digits, Draw, FeatureDataset, LongTailSubset, class_counts


@pytest.fixture
def dataset():
    source = Digits(size=8, pipeline=[dict(type='PackInputs')])
    return FeatureDataset(LongTailSubset(source, imbalance_ratio=10))


@pytest.fixture
def features(dataset, tmp_path):
    values = np.random.default_rng(0).random((len(dataset), 5), dtype=np.float32)
    np.save(tmp_path / 'features.npy', values)
    return values, tmp_path / 'features.npy'


def test_images_come_until_features_are_there(dataset, features):
    values, path = features
    (image, ) = dataset.__getitems__([3])
    assert image['inputs'].shape == (3, 8, 8)
    dataset.set_features(path)
    assert torch.equal(dataset[3]['inputs'], torch.from_numpy(values[3]))
    assert class_counts(dataset).tolist() == class_counts(dataset.dataset).tolist()


@pytest.mark.parametrize('with_features', [False, True])
def test_marks_and_labels_are_the_same_for_images_and_features(dataset, features, with_features):
    if with_features:
        dataset.set_features(features[1])
    draws = [Draw(7, 5, 'balanced'), Draw(400, 6, 'uniform'), Draw(7, 8, 'uniform')]
    samples = [item['data_samples'] for item in dataset.__getitems__(draws)]
    assert [(each.dataset_index, each.branch) for each in samples] == [
        (7, 'balanced'), (400, 'uniform'), (7, 'uniform')]
    labels = dataset.get_gt_labels()
    assert [each.gt_label.tolist() for each in samples] == [
        [labels[7]], [labels[400]], [labels[7]]]
    assert dataset[Draw(7, branch='balanced')]['data_samples'].branch == 'balanced'


@pytest.mark.parametrize('workers', [0, 2])
def test_a_loader_reads_every_row(dataset, features, workers):
    values, path = features
    dataset.set_features(path)
    loader = DataLoader(dataset, 100, collate_fn=default_collate, num_workers=workers)
    batches = list(loader)
    np.testing.assert_array_equal(torch.cat([batch['inputs'] for batch in batches]), values)
    labels = [int(s.gt_label) for batch in batches for s in batch['data_samples']]
    assert labels == dataset.get_gt_labels().tolist()


def test_a_file_of_other_data_is_refused(dataset, tmp_path):
    np.save(tmp_path / 'other.npy', np.zeros((7, 5), np.float32))
    with pytest.raises(ValueError, match=r'float32\[7, 5\] instead of one float32 row'):
        dataset.set_features(tmp_path / 'other.npy')
