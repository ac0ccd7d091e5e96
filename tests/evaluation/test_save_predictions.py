import json

import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

from ltplug.evaluation import SavePredictions


def sample(index):
    score = torch.tensor([0.25, 0.75]) if index else torch.tensor([1., 0.])
    data_sample = DataSample(metainfo=dict(img_path=f'{index}.png'))
    data_sample.set_pred_score(score).set_pred_label(score.argmax()).set_gt_label(1)
    return data_sample.to_dict()


def test_npz(tmp_path):
    metric = SavePredictions(str(tmp_path / 'new' / 'out.npz'))
    metric.process(None, [sample(0), sample(1)])
    assert metric.evaluate(2) == {}
    arrays = np.load(tmp_path / 'new' / 'out.npz')
    assert arrays['pred_label'].tolist() == [0, 1] and arrays['gt_label'].tolist() == [1, 1]
    assert arrays['pred_score'].tolist() == [[1, 0], [0.25, 0.75]]
    assert arrays['img_path'].tolist() == ['0.png', '1.png']


def test_json(tmp_path):
    metric = SavePredictions(str(tmp_path / 'out.json'))
    metric.process(None, [sample(1)])
    metric.evaluate(1)
    assert json.loads((tmp_path / 'out.json').read_text()) == [
        dict(img_path='1.png', gt_label=1, pred_label=1, pred_score=[0.25, 0.75])]


def test_other_endings_are_refused():
    with pytest.raises(ValueError, match="as .npz or .json, not as 'out.pkl'"):
        SavePredictions('out.pkl')
