import numpy as np
import pytest
import torch

from ltplug.apis.config import load_config
from ltplug.cli.retrieval import retrieval_main
from ltplug.engine.models import build_model

from ..engine.runs import LDAM_DRW, ROOT

DIGITS = ROOT / 'configs/dscl/dscl-pbsd_cifar-resnet20_100e_digits-lt.py'


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the tool on untrained features of the digits; returns the drawn rows."""
    config, checkpoint = tmp_path / 'small.py', tmp_path / 'epoch_1.pth'
    config.write_text(f"_base_ = ['{DIGITS}']\nmodel = dict(backbone=dict(depth=8))\n")
    torch.manual_seed(0)
    torch.save({'state_dict': build_model(load_config(config)).state_dict()}, checkpoint)
    drawn = []

    def call(*options, images=LDAM_DRW):
        monkeypatch.setattr('ltplug.visualization.plot_retrieval',
                            lambda rows, path: drawn.append(rows) or path)
        retrieval_main([str(config), str(checkpoint), *(['--images', str(images)] if images else
                                                        []), *options])
        return drawn[-1]

    return call


def fails(call, *options, **kwargs):
    with pytest.raises(SystemExit) as stop:
        call(*options, **kwargs)
    return stop.value.code


def test_queries_of_every_group(run, capsys):
    rows = run('--number', '4', '--salient', '0.5')
    assert [row[0].title.split()[1] for row in rows] == ['(many)'] * 2 + ['(medium)'] * 2 + [
        '(few)'] * 2
    assert all(len(row) == 5 for row in rows)
    hits = []
    for query, *found in rows:
        assert query.is_right is None and query.image.shape == (16, 16, 3)
        x1, y1, x2, y2 = query.box
        assert (x2 - x1, y2 - y1) == (8, 8)
        for shown in found:
            assert shown.is_right == (shown.title.split('\n')[0] == query.title)
            assert shown.box is None and shown.response.shape == (16, 16)
        hits.append(np.mean([shown.is_right for shown in found]))
    told = next(line.split() for line in capsys.readouterr().out.splitlines()
                if line.strip().startswith('Many'))
    assert told == ['Many', '1', f'{100 * np.mean(hits[:2]):.2f}']
    again = run('--number', '4', '--salient', '0.5')
    np.testing.assert_array_equal(again[3][0].image, rows[3][0].image)


def test_chosen_training_images_and_boxes(run):
    ((query, *found), (other, *_)) = run('--from-train', '--queries', '3', '5', '--box', '2', '4',
                                         '9', '16', '--space', 'backbone')
    assert query.box.tolist() == [2, 4, 9, 16]
    assert len(found) == 3
    assert not any((shown.image == query.image).all() for shown in found)
    assert (query.image != other.image).any()
    whole = run('--from-train', '--queries', '3')[0]
    assert whole[0].box is None
    np.testing.assert_array_equal(whole[0].image, query.image)


def test_mistakes_are_told(run):
    assert 'has no test images, whose transforms are needed' in fails(run, images=None)
    assert 'There is no query 400: positions run from 0 to 399' in fails(run, '--queries', '400')
    assert 'does not lie in an image of 16 x 16' in fails(run, '--box', '0', '0', '17', '4')


def test_test_images_of_other_classes_are_refused(run, tmp_path):
    names = ['zero', *'123456789']
    images = tmp_path / 'images.py'
    images.write_text(f"_base_ = ['{LDAM_DRW}']\n"
                      f'test_dataloader = dict(dataset=dict(metainfo=dict(classes={names})))\n')
    assert "Label 0 is 'zero' in the test data, but '0' in" in fails(run, images=images)
    assert run('--from-train', '--queries', '3', images=images), 'their transforms are enough'
