import pytest
import torch
from mmpretrain.structures import DataSample

from ltplug.evaluation import PredictionRecord


def sample(scores, label, predicted=None):
    data_sample = DataSample().set_pred_score(torch.tensor(scores)).set_gt_label(label)
    if predicted is not None:
        data_sample.set_pred_label(predicted)
    return data_sample.to_dict()


def test_three_numbers_an_image():
    metric = PredictionRecord()
    metric.process(None, [sample([0.25, 0.75], 0), sample([1.0, 0.0], 0)])
    metric.process(None, [sample([0.5, 0.25], 1, predicted=1)])
    assert metric.evaluate(3) == {}
    record = {key: values.tolist() for key, values in metric.record.items()}
    assert record == {'gt_label': [0, 0, 1], 'pred_label': [1, 0, 1],
                      'confidence': [0.75, 1.0, 0.5]}
    assert {values.itemsize for values in metric.record.values()} == {4}


@pytest.mark.parametrize('other', [
    sample([0.5, 0.5], [0, 1]), sample([0.5, 0.5], 0, predicted=[0, 1]),
    {'gt_label': torch.tensor([1])}, {'pred_score': {'a': 1}, 'gt_label': {'a': 1}}])
def test_other_predictions_leave_none(other):
    metric = PredictionRecord()
    metric.process(None, [sample([0.5, 0.5], 0)])
    metric.process(None, [other])
    assert metric.evaluate(2) == {} and metric.record == {}
