import numpy as np
import pytest
import torch
from mmengine.config import Config

from ltplug.cli.decision_map import decision_map_main
from ltplug.engine.publish import plain_config
from ltplug.registry import MODELS

from ..engine.runs import LDAM_DRW


@pytest.fixture
def arguments(tmp_path):
    torch.manual_seed(0)
    model = MODELS.build(plain_config(Config.fromfile(LDAM_DRW)).model)
    path = tmp_path / 'checkpoint.pth'
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, path)
    return [str(LDAM_DRW), str(path), '--images', '7']


@pytest.fixture
def drawn(monkeypatch):
    drawn = []
    monkeypatch.setattr('ltplug.visualization.plot_decision_map',
                        lambda *args: drawn.append(args) or 'x.png')
    return drawn


def test_training_and_test_images_share_a_map(arguments, drawn):
    decision_map_main(arguments)
    decision_map_main([*arguments, '--classes', '9', '0', '4'])
    (panels, points, predictions, *_), (some, _, among, *_) = drawn
    train, test = panels.values()
    assert np.bincount(train[1]).tolist() == [7] * 7 + [6, 4, 2], 'the long tail'
    assert np.bincount(test[1]).tolist() == [7] * 10
    assert points.shape == (131, 2) and np.isfinite(points).all() and len(predictions) == 131
    assert np.concatenate([train[0], test[0]]).tolist() == points.tolist()
    assert set(among) <= {0, 4, 9} and set(some['Test images'][1]) == {0, 4, 9}


def test_predictions_are_those_of_the_head(arguments, drawn):
    """A classifier that answers 4 whatever it sees."""
    checkpoint = torch.load(arguments[1])
    weight = checkpoint['state_dict']['head.fc.weight']
    weight[:] = -1
    weight[4] = 1  # features are not negative
    torch.save(checkpoint, arguments[1])
    decision_map_main(arguments)
    assert set(drawn[0][2]) == {4}


def test_an_unknown_class_is_told(arguments):
    with pytest.raises(SystemExit) as stop:
        decision_map_main([*arguments, '--classes', '10'])
    assert 'There is no class 10: labels run from 0 to 9' in stop.value.code


def test_test_images_of_other_classes_are_refused(arguments, tmp_path):
    names = ['zero', *'123456789']
    other = tmp_path / 'other.py'
    other.write_text(f"_base_ = ['{LDAM_DRW}']\n"
                     f'test_dataloader = dict(dataset=dict(metainfo=dict(classes={names})))\n')
    with pytest.raises(SystemExit) as stop:
        decision_map_main([str(other), *arguments[1:]])
    assert "Label 0 is 'zero' in the test data, but '0' in the training data" in stop.value.code
