import numpy as np
import pytest
import torch
from mmengine.dataset import Compose
from mmpretrain.datasets import CustomDataset

from ltplug.datasets import (
    Digits,
    Draw,
    DrawDataset,
    LongTailSubset,
    PseudoLabeledDataset,
    PseudoLabels,
    Remainder,
    SemiSupervisedDataset,
    UnlabeledPool,
    class_counts,
    dataset_fingerprint,
    gt_labels,
    labeled_part,
    with_pipeline,
)
from ltplug.ops import long_tail_counts

CROP = [dict(type='RandomCrop', crop_size=16, padding=2), dict(type='PackInputs')]
COUNTS = long_tail_counts(20, 10, 10).tolist()


@pytest.fixture
def labeled():
    return LongTailSubset(Digits(pipeline=CROP), 10, max_count=20)


@pytest.fixture
def pool():
    return Digits(split='test', pipeline=CROP)


def write_labels(path, pool, **changed):
    count = len(pool)
    content = dict(labels=np.arange(count) % 10,
                   confidence=np.linspace(0, 1, count, dtype=np.float32), num_classes=10,
                   class_names=tuple('0123456789'), fingerprint=dataset_fingerprint(pool))
    PseudoLabels(**{**content, **changed}).save(path)
    return str(path)


def test_the_pool_follows_without_its_labels(labeled, pool):
    dataset = SemiSupervisedDataset(labeled, pool)
    assert len(dataset) == len(labeled) + len(pool)
    first, last = dataset[0]['data_samples'], dataset[Draw(len(dataset) - 1, 7)]['data_samples']
    assert first.is_labeled and first.gt_label.tolist() == [0]
    assert not last.is_labeled and last.gt_label.tolist() == [-1]
    assert last.dataset_index == len(dataset) - 1
    labels = gt_labels(dataset)
    assert (labels[:len(labeled)] == gt_labels(labeled)).all()
    assert (labels[len(labeled):] == -1).all()
    assert dataset.get_cat_ids(len(labeled)) == [-1]
    assert class_counts(labeled_part(DrawDataset(dataset))).tolist() == COUNTS
    assert labeled_part(labeled) is labeled


def test_the_pool_has_the_labels_that_a_model_gave_it(labeled, pool, tmp_path):
    dataset = PseudoLabeledDataset(labeled, pool, write_labels(tmp_path / 'labels.npz', pool))
    start = len(labeled)
    found = [int(dataset[start + i]['data_samples'].gt_label) for i in range(12)]
    assert found == [*range(10), 0, 1] == gt_labels(dataset)[start:start + 12].tolist()
    assert [dataset.get_data_info(start + i)['gt_label'] for i in range(3)] == [0, 1, 2]
    assert not dataset[start]['data_samples'].is_labeled
    assert class_counts(dataset).tolist() == [count + 40 for count in COUNTS]
    assert tuple('0123456789') == dataset.CLASSES


def test_a_draw_of_the_pool_is_augmented_by_its_seed(labeled, pool, tmp_path):
    dataset = PseudoLabeledDataset(labeled, pool, write_labels(tmp_path / 'labels.npz', pool))
    images = [dataset[Draw(len(labeled) + 5, seed)]['inputs'] for seed in (1, 1, 2)]
    assert torch.equal(images[0], images[1]) and not torch.equal(images[0], images[2])


def test_a_threshold_leaves_out_what_the_model_is_unsure_of(labeled, pool, tmp_path):
    path = write_labels(tmp_path / 'labels.npz', pool)
    dataset = PseudoLabeledDataset(labeled, pool, path, min_confidence=0.9)
    assert len(dataset) - len(labeled) == 40
    half = write_labels(tmp_path / 'half.npz', pool,
                        confidence=np.repeat(np.float32([0.25, 0.5]), [len(pool) - 3, 3]))
    exactly = PseudoLabeledDataset(labeled, pool, half, min_confidence=0.5)
    assert len(exactly) - len(labeled) == 3, 'as sure as the threshold is sure enough'
    last = dataset[len(dataset) - 1]
    assert int(last['data_samples'].gt_label) == (len(pool) - 1) % 10
    plain = [dict(type='PackInputs')]
    image = with_pipeline(dataset, Compose(plain))[len(labeled)]['inputs']
    assert torch.equal(image, with_pipeline(pool, Compose(plain))[360]['inputs'])
    low = write_labels(tmp_path / 'low.npz', pool,
                       confidence=np.full(len(pool), 0.3, dtype=np.float32))
    with pytest.raises(ValueError, match='confidence of 0.9, the highest is 0.3'):
        PseudoLabeledDataset(labeled, pool, low, min_confidence=0.9)
    with pytest.raises(ValueError, match='min_confidence must lie'):
        PseudoLabeledDataset(labeled, pool, path, min_confidence=90)


@pytest.mark.parametrize(('changed', 'sentence'), [
    (dict(class_names=(*'012345678', 'nine')), "class 9 is 'nine' instead of '9'"),
    (dict(class_names=tuple('01234567890'), num_classes=11), '11 instead of 10'),
    (dict(class_names=(), num_classes=12), 'are of 12 classes, but the labelled images have 10'),
    (dict(fingerprint='0'), 'are of other images than this pool has'),
    (dict(num_classes=5), 'outside its 5 classes'),
    (dict(confidence=np.zeros(3, dtype=np.float32)), 'not one with a confidence'),
])
def test_labels_that_do_not_fit_are_told(labeled, pool, tmp_path, changed, sentence):
    path = write_labels(tmp_path / 'labels.npz', pool, **changed)
    with pytest.raises(ValueError, match=sentence):
        PseudoLabeledDataset(labeled, pool, path)


def test_files_that_are_none_are_told(labeled, pool, tmp_path):
    with pytest.raises(FileNotFoundError, match='make them with tools/data/pseudo_label.py'):
        PseudoLabeledDataset(labeled, pool, str(tmp_path / 'labels.npz'))
    (tmp_path / 'labels.npz').write_bytes(b'PK')
    with pytest.raises(ValueError, match='is no file of pseudo-labels'):
        PseudoLabeledDataset(labeled, pool, str(tmp_path / 'labels.npz'))


def test_images_count_by_content_or_by_name_and_size(pool, tmp_path):
    assert dataset_fingerprint(pool) == dataset_fingerprint(Digits(split='test'))
    assert dataset_fingerprint(pool) != dataset_fingerprint(Digits(split='train'))
    prints = []
    for folder, content in (('a', b'x'), ('b', b'x'), ('c', b'xy')):
        path = tmp_path / folder / 'images' / '1.jpg'
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        prints.append(dataset_fingerprint(CustomDataset(data_root=str(path.parent),
                                                        with_label=False)))
    assert prints[0] == prints[1] != prints[2]


def test_the_remainder_is_what_a_subset_leaves(labeled):
    rest = Remainder(labeled)
    taken = {int(i) for i in labeled.indices}
    assert not taken & {int(i) for i in rest.indices}
    assert len(rest) + len(labeled) == len(Digits())
    assert (class_counts(rest) + class_counts(labeled) == class_counts(Digits())).all()
    with pytest.raises(ValueError, match='but Digits is none'):
        Remainder(Digits())
    everything = LongTailSubset(LongTailSubset(Digits(), 1, max_count=3), 1)
    with pytest.raises(ValueError, match='takes all 30 images'):
        Remainder(everything)


def test_a_pool_is_not_what_it_was_drawn_from(labeled, pool):
    mixed = SemiSupervisedDataset(labeled, pool)
    part = UnlabeledPool(labeled, 30, irrelevant=pool, relevance=0.5)
    assert labeled_part(mixed) is labeled and labeled_part(DrawDataset(mixed)) is labeled
    assert labeled_part(part) is part
