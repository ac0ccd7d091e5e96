import numpy as np
import pytest
import torch

from ltplug.apis.config import load_config
from ltplug.cli.feature_map import feature_map_main
from ltplug.engine.models import build_model

from ..engine.runs import LDAM_DRW, ROOT

COUNTS = [134, 86, 56, 36, 23, 15, 9, 6, 4, 2]
PROBE = ROOT / 'configs/sdclr/probe_cifar-resnet20_100e_digits-lt.py'
SIMCLR = ROOT / 'configs/simclr/simclr_cifar-resnet20_60e_digits-lt.py'


def save(config, path, seed=0, **meta):
    torch.manual_seed(seed)
    torch.save({'meta': meta, 'state_dict': build_model(load_config(config)).state_dict()}, path)
    return str(path)


@pytest.fixture
def drawn(monkeypatch):
    calls = []
    for name in ('plot_embedding', 'plot_embeddings'):
        monkeypatch.setattr(f'ltplug.visualization.{name}',
                            lambda *args, name=name: calls.append((name, *args)) or 'x.png')
    return calls


def test_a_map_shows_some_classes_of_each_group(tmp_path, drawn):
    path = save(LDAM_DRW, tmp_path / 'checkpoint.pth', ltplug={'group_counts': COUNTS})
    for _ in range(2):
        feature_map_main([str(LDAM_DRW), path, '--classes', '2', '--images', '7'])
    name, points, labels, groups, *_ = drawn[0]
    assert name == 'plot_embedding'
    assert points.shape == (35, 2) and np.isfinite(points).all()
    chosen, images = np.unique(labels, return_counts=True)
    assert images.tolist() == [7] * 5 and chosen[0] == 0
    assert [len(np.intersect1d(chosen, classes)) for classes in groups.values()] == [1, 2, 2]
    np.testing.assert_array_equal(points, drawn[1][1])


def test_several_checkpoints_show_the_same_images_of_chosen_classes(tmp_path, drawn):
    probe = save(PROBE, tmp_path / 'probe.pth')
    features = save(SIMCLR, tmp_path / 'features.pth', seed=1)
    feature_map_main([str(PROBE), f'SDCLR={probe}', f'again={probe}', f'FASSL={features}',
                      '--labels', '8', '3', '--images', '9', '--normalize'])
    ((name, points, labels, _, names), ) = drawn
    assert name == 'plot_embeddings' and list(points) == ['SDCLR', 'again', 'FASSL']
    assert labels.tolist() == [8] * 9 + [3] * 9 and names[8] == '8'
    np.testing.assert_array_equal(points['SDCLR'], points['again'])
    assert not np.allclose(points['SDCLR'], points['FASSL'])


@pytest.mark.parametrize('normalize', [True, False])
def test_features_have_unit_length_if_wanted(normalize, tmp_path, drawn, monkeypatch):
    found = []
    monkeypatch.setattr('ltplug.ops.tsne_embedding',
                        lambda features, seed: found.append(features) or features[:, :2])
    path = save(PROBE, tmp_path / 'probe.pth')
    feature_map_main([str(PROBE), path, '--labels', '1', *['--normalize'] * normalize])
    lengths = np.linalg.norm(found[0], axis=1)
    assert found[0].shape == (40, 64) and np.allclose(lengths, 1, atol=1e-5) == normalize


def test_what_gives_no_map_is_refused(tmp_path):
    path = save(PROBE, tmp_path / 'probe.pth')
    with pytest.raises(SystemExit, match='no class counts'):
        feature_map_main([str(PROBE), path])
    with pytest.raises(SystemExit, match='no test images of class 12: labels run from 0 to 9'):
        feature_map_main([str(PROBE), path, '--labels', '3', '12'])
    with pytest.raises(SystemExit, match='NAME=PATH'):
        feature_map_main([str(PROBE), path, path, '--labels', '3'])
    with pytest.raises(SystemExit, match='no test images: give the config of a classifier'):
        feature_map_main([str(SIMCLR), path, '--labels', '3'])
    torch.save({'state_dict': {}}, path)
    with pytest.raises(SystemExit, match='another architecture'):
        feature_map_main([str(PROBE), path, '--labels', '3'])
