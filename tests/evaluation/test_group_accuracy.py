import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmpretrain.structures import DataSample

from ltplug.evaluation import GroupAccuracy


@pytest.fixture
def shots(golden):
    return golden('rebal_shots')


def calculate(shots, keep=None, **kwargs):
    keep = slice(None) if keep is None else keep
    return GroupAccuracy.calculate(shots['in_preds'][keep], shots['in_labels'][keep],
                                   shots['in_train_counts'], **kwargs)


@pytest.mark.parametrize('boundary', ['strict', 'inclusive'])
def test_groups_equal_the_reference(shots, boundary):
    metrics = calculate(shots, boundary=boundary)
    found = [metrics[key] for key in ('many', 'medium', 'few')]
    np.testing.assert_allclose(found, 100 * shots[f'{boundary}_many_medium_few'], rtol=1e-12)
    np.testing.assert_allclose(metrics['per_class'], 100 * shots['per_class_acc'], rtol=1e-12)
    assert metrics['top1'] == pytest.approx(100 * shots['micro_acc'])
    assert metrics['mean_class'] == pytest.approx(100 * shots['bf_mean_class_acc'])
    assert metrics['group_mean'] == pytest.approx(np.mean(found))
    assert metrics['std'] == pytest.approx(np.std(found))


def test_a_class_absent_from_the_test_set_is_skipped(shots):
    metrics = calculate(shots, shots['in_labels'] != 9)
    found = [metrics[key] for key in ('many', 'medium', 'few')]
    np.testing.assert_allclose(found, 100 * shots['strict_class9_absent'], rtol=1e-12)
    assert np.isnan(metrics['per_class'][9])
    seen = np.delete(metrics['per_class'], 9)
    np.testing.assert_allclose(seen, 100 * shots['class9_absent_per_class'], rtol=1e-12)


def test_an_empty_group_is_left_out(shots):
    metrics = GroupAccuracy.calculate(shots['in_preds'], shots['in_labels'],
                                      shots['in_train_counts'].clip(max=100))
    zero, *expected = 100 * shots['strict_no_many']
    assert zero == 0 and shots['inclusive_no_many_is_nan'], 'what the reference codes report'
    assert 'many' not in metrics
    np.testing.assert_allclose([metrics['medium'], metrics['few']], expected, rtol=1e-12)
    assert metrics['group_mean'] == pytest.approx(np.mean(expected))


@pytest.mark.parametrize('case', ['c10', 'c100', 'tiny', 'ties', 'n11'])
def test_tertiles_equal_the_reference(golden, case):
    groups = golden('fassl_groups')
    counts, correct = groups[f'{case}_counts'], groups[f'{case}_correct']
    per_class, num_classes = int(groups[f'{case}_per_class_test']), len(counts)
    target = np.repeat(np.arange(num_classes), per_class)
    rank = np.tile(np.arange(per_class), num_classes)
    pred = np.where(rank < np.repeat(correct, per_class), target, (target + 1) % num_classes)
    metrics = GroupAccuracy.calculate(pred, target, counts, groups='tertile')
    found = [metrics[key] for key in ('rare', 'medium', 'frequent')]
    np.testing.assert_allclose(found, groups[f'{case}_group_acc'], rtol=1e-9)
    assert metrics['group_mean'] == pytest.approx(float(groups[f'{case}_all_group_mean']))
    assert metrics['std'] == pytest.approx(float(groups[f'{case}_std']))
    assert metrics['mean_class'] == pytest.approx(float(groups[f'{case}_all_class_mean']))


def test_scores_or_labels_arrays_or_tensors():
    scores = torch.tensor([[.1, .9], [.8, .2], [.6, .4]])
    target = torch.tensor([1, 0, 1])
    by_scores = GroupAccuracy.calculate(scores, target, [200, 5])
    by_labels = GroupAccuracy.calculate([1, 0, 0], [1, 0, 1], [200, 5])
    assert by_scores['many'] == by_labels['many'] == 100
    assert by_scores['few'] == by_labels['few'] == by_scores['worst_class'] == 50
    assert by_scores['harmonic_mean'] == pytest.approx(2 / (1 / 100 + 1 / 50))
    assert by_scores['geometric_mean'] == pytest.approx((100 * 50)**0.5)


def test_means_of_a_class_at_zero_are_zero():
    metrics = GroupAccuracy.calculate([0, 0], [0, 1], [200, 5])
    assert metrics['harmonic_mean'] == metrics['geometric_mean'] == metrics['few'] == 0


def test_explicit_groups_need_no_counts():
    metrics = GroupAccuracy.calculate([0, 1, 1], [0, 1, 2], groups={'animals': [0, 2]})
    assert metrics['animals'] == 50
    metrics = GroupAccuracy.calculate([0, 1], [0, 1], groups={'seen': [0, 1], 'unseen': [2, 3]})
    assert metrics['seen'] == 100 and 'unseen' not in metrics


@pytest.mark.parametrize(('arguments', 'sentence'), [
    (([], [], [1]), 'at least one'),
    (([0], [0, 1], [1, 1]), '1 predictions for 2 labels'),
    (([0], [5], [1, 1]), 'Label 5 occurs .* there are 2 classes'),
    (([0], [0]), 'need class_counts'),
])
def test_mistakes_are_told(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        GroupAccuracy.calculate(*arguments)
    with pytest.raises(ValueError, match="'top1' cannot name a group"):
        GroupAccuracy(groups={'top1': [0]})
    metric = GroupAccuracy(groups={'pets': [0, 7]})
    with pytest.raises(ValueError, match='label 7 in its groups, but there are 2 classes'):
        metric.set_class_counts([5, 3])
    with pytest.raises(ValueError, match="got 'thirds'"):
        GroupAccuracy(groups='thirds')


def samples(pred, target):
    return [DataSample().set_pred_label(p).set_gt_label(t).to_dict()
            for p, t in zip(pred, target, strict=True)]


def test_as_a_metric_of_an_evaluator(capsys):
    evaluator = Evaluator(GroupAccuracy())
    evaluator.dataset_meta = dict(classes=('cat', 'dog'))
    metric = evaluator.metrics[0]
    metric.set_class_counts([200, 5])
    evaluator.process(samples([0, 0], [0, 0]))
    evaluator.process(samples([0, 1, 1], [1, 1, 0]))
    result = evaluator.evaluate(5)
    assert result['group_accuracy/few'] == 50
    assert result['group_accuracy/many'] == pytest.approx(200 / 3)
    assert 'group_accuracy/medium' not in result
    assert all(isinstance(value, float) for value in result.values())
    assert metric.details['per_class'] == [pytest.approx(200 / 3), 50.0]
    assert metric.details['groups']['few'] == [1]


def test_missing_counts_are_told_and_given_counts_win():
    with pytest.raises(RuntimeError, match='GroupAccuracy needs the class counts'):
        GroupAccuracy().check_class_counts()
    GroupAccuracy(groups={'all': [0]}).check_class_counts()
    metric = GroupAccuracy(class_counts=[1, 2])
    metric.set_class_counts([3, 4])
    assert metric.class_counts == [1, 2]
