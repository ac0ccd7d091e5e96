import json

import numpy as np
import pytest
import torch

from ltplug.apis.config import load_config
from ltplug.cli.prototypes import prototypes_main
from ltplug.datasets import gt_labels
from ltplug.engine.features import extract_features
from ltplug.engine.models import build_model
from ltplug.registry import DATASETS

from ..engine.runs import LDAM_DRW, ROOT

PROBE = ROOT / 'configs/sdclr/probe_cifar-resnet20_100e_digits-lt.py'


@pytest.fixture
def config(tmp_path):
    base = ROOT / 'configs/fassl/fassl-prototypes_cifar-resnet20_20e_digits-lt.py'
    path = tmp_path / 'small.py'
    path.write_text(f"_base_ = ['{base}']\n"
                    'model = dict(backbone=dict(depth=8), num_prototypes=7)\n')
    return path


@pytest.fixture
def run(config, tmp_path):
    """Prototypes that are turned features of images 0, 200, 200, 300, 365, 370, 370."""
    cfg = load_config(config)
    torch.manual_seed(0)
    model = build_model(cfg)
    plain = load_config(PROBE).train_dataloader.dataset.dataset
    cfg.train_dataloader.dataset.dataset.pipeline = plain.pipeline
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    features = torch.from_numpy(extract_features(model, dataset))
    images = [0, 200, 200, 300, 365, 370, 370]
    model.prototypes.weight.data = 3 * features[images]
    path = tmp_path / 'epoch_20.pth'
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, path)
    return str(path), images, gt_labels(dataset)


def shares(text, name):
    return next(line.split()[1:] for line in text.splitlines() if line.strip().startswith(name))


def test_classes_of_the_nearest_images(config, run, tmp_path, capsys):
    path, images, labels = run
    out = tmp_path / 'out'
    prototypes_main([str(config), path, '--out', str(out)])
    told = capsys.readouterr().out
    content = json.loads((out / 'prototypes.json').read_text())
    assert content['images'] == images
    counts = np.bincount(labels[images], minlength=10)
    assert content['class_counts']['prototypes'] == counts.tolist()
    untrained = content['class_counts']['untrained']
    assert sum(untrained) == pytest.approx(7) and max(untrained) > 0
    frequent = counts[:4].sum()
    number, share, _, base_rate = shares(told, 'Frequent')
    assert (number, share) == (str(frequent), f'{100 * frequent / 7:.1f}')
    assert base_rate == '84.1' and shares(told, 'Rare')[-1] == '3.2'
    assert content['group_shares']['medium']['training_images'] == pytest.approx(100 * 47 / 371)
    assert (out / 'nearest.png').stat().st_size > 5_000
    prototypes_main([str(config), path, '--out', str(out), '--seed', '1', '--test-config',
                     str(PROBE)])
    again = json.loads((out / 'prototypes.json').read_text())
    assert again['images'] == images and again['class_counts']['untrained'] != untrained


@pytest.mark.parametrize(('to_rgb', 'channel'), [(False, 0), (True, 2)])
def test_pictures_are_rgb(to_rgb, channel, config, run, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr('ltplug.visualization.plot_image_groups',
                        lambda *args: drawn.append(args) or 'x.png')
    monkeypatch.setattr('ltplug.datasets.Digits._prepare', lambda self, image: np.full(
        (16, 16, 3), (255, 7, 0), dtype=np.uint8))
    with config.open('a') as file:
        file.write(f'data_preprocessor = dict(to_rgb={to_rgb})\n')
    prototypes_main([str(config), run[0], '--out', str(tmp_path)])
    pictures = drawn[0][0]
    assert len(pictures) == 7
    assert all((picture[..., channel] == 255).all() for picture in pictures)


def test_what_has_no_prototypes_is_refused(config, run):
    with pytest.raises(SystemExit, match='learns no prototypes'):
        prototypes_main([str(LDAM_DRW), run[0]])
    with config.open('a') as file:
        file.write("train_dataloader = dict(dataset=dict(dataset=dict(pipeline=["
                   "dict(type='PackInputs')])))\n")
    with pytest.raises(SystemExit, match='--test-config'):
        prototypes_main([str(config), run[0]])
