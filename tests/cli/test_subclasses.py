import numpy as np
import pytest
import torch

from ltplug.apis.config import load_config
from ltplug.cli.subclasses import subclasses_main
from ltplug.datasets import gt_labels
from ltplug.registry import DATASETS, MODELS

from ..engine.runs import LDAM_DRW, ROOT

COUNTS = [134, 86, 56, 36, 23, 15, 9, 6, 4, 2]


@pytest.fixture
def run(tmp_path):
    """A config, a model with subclasses of ten consecutive images, and where to save it."""
    config = tmp_path / 'small.py'
    base = ROOT / 'configs/sbcl/sbcl_cifar-resnet20_100e_digits-lt.py'
    config.write_text(f"_base_ = ['{base}']\nmodel = dict(backbone=dict(depth=8))\n")
    cfg = load_config(config)
    labels = gt_labels(DATASETS.build(cfg.train_dataloader.dataset))
    ids = np.zeros_like(labels)
    for label in range(10):
        ids[labels == label] = np.arange(COUNTS[label]) // 10
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.subclasses.allocate(10, 0.1, len(labels))
    return config, model, torch.from_numpy(ids), tmp_path / 'epoch_20.pth'


def main(config, model, path, *options):
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, path)
    subclasses_main([str(config), str(path), '--out', str(path.parent / 'pictures'), *options])


def rows(text, name):
    return [line.split()[1:] for line in text.splitlines() if line.strip().startswith(name)]


def test_sizes_distances_and_maps(run, monkeypatch, capsys):
    maps = []
    monkeypatch.setattr('ltplug.visualization.plot_embedding',
                        lambda *args: maps.append(args) or args[3])
    config, model, ids, path = run
    model.subclasses.fill(torch.ones(10), 20, ids)
    main(config, model, path, '--classes', '2', '--subclasses', '3', '--images', '7')
    told = capsys.readouterr().out
    assert rows(told, 'Many')[0] == ['1', '14.00', '4.00', '10.00', '10.00']
    inside, between, of_class, outside = map(float, rows(told, 'Medium')[1][1:])
    assert 0 < min(inside, between) <= of_class <= max(inside, between) and outside > 0
    for name in ('sizes', 'distances'):
        assert (path.parent / f'pictures/{name}.png').stat().st_size > 10_000
    (points, labels, groups, *_), (_, subclasses, shown, *_) = maps
    assert points.shape == (14, 2) and np.isfinite(points).all()
    assert np.unique(labels).tolist() == [0, 1] and groups == {'largest classes': [0, 1]}
    assert np.unique(subclasses).tolist() == shown['subclasses of 0'] and len(shown) == 1
    assert len(shown['subclasses of 0']) == 3


def test_what_has_no_subclasses_is_refused(run):
    config, model, _, path = run
    with pytest.raises(SystemExit, match='saved during the warm-up'):
        main(config, model, path)
    with pytest.raises(SystemExit, match='makes no subclasses'):
        main(LDAM_DRW, model, path)
    model.subclasses.allocate(10, 0.1, 3)
    with pytest.raises(SystemExit, match='do not fit'):
        main(config, model, path)
