import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpretrain.structures import DataSample

import ltplug.engine.tasks.pool_labels as module
from ltplug.apis import train
from ltplug.datasets import (
    Digits,
    PseudoLabels,
    SemiSupervisedDataset,
    dataset_fingerprint,
    gt_labels,
)
from ltplug.engine.checkpoint_io import secure_loading
from ltplug.engine.tasks.pool_labels import describe, label_pool, load_labeler
from ltplug.registry import MODELS
from tests.ranks import on_two_ranks

from ..runs import LDAM_DRW, ROOT, write_config

CE = ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'
CROP = [dict(type='RandomCrop', crop_size=16, padding=2), dict(type='PackInputs')]


def no_workers(cfg):
    cfg.model.backbone.depth = 8
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
    return cfg


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A short training: config and checkpoint."""
    folder = tmp_path_factory.mktemp('trained')
    cfg = no_workers(Config.fromfile(write_config(folder, '', CE, epochs=3)))
    results = train(cfg, folder / 'run', validate=False)
    return cfg, results['checkpoint']


@pytest.fixture
def pool():
    return Digits(pipeline=CROP)


def by_hand(trained, pool):
    """Return the scores of plain images, one batch, no Runner."""
    cfg, checkpoint = trained
    model = MODELS.build({**cfg.model, 'data_preprocessor': dict(cfg.data_preprocessor)}).eval()
    model.load_state_dict(torch.load(checkpoint, weights_only=False)['state_dict'])
    images = np.stack([pool.get_data_info(i)['img'] for i in range(len(pool))])
    data = model.data_preprocessor({'inputs': torch.from_numpy(images).permute(0, 3, 1, 2)})
    with torch.no_grad():
        return model.head(model.extract_feat(data['inputs'])).softmax(dim=1).numpy()


def test_labels_are_those_of_plain_images(trained, pool, tmp_path):
    found = label_pool(*trained, pool, tmp_path / 'labels.npz')
    scores = by_hand(trained, pool)
    assert (found.labels == scores.argmax(axis=1)).mean() > 0.999
    np.testing.assert_allclose(found.confidence, scores.max(axis=1), atol=1e-4)
    assert found.class_names == tuple('0123456789') and found.num_classes == 10
    assert found.fingerprint == dataset_fingerprint(pool)
    read = PseudoLabels.load(tmp_path / 'labels.npz')
    assert (read.labels == found.labels).all() and read.fingerprint == found.fingerprint
    told = json.loads((tmp_path / 'labels.json').read_text())
    counts = np.bincount(found.labels, minlength=10)
    assert [each['images'] for each in told['classes'].values()] == counts.tolist()
    assert told['agreement_with_known_labels'] == pytest.approx(
        100 * (found.labels == gt_labels(pool)).mean())
    assert told['mean_confidence'] == pytest.approx(found.confidence.mean())


class StoppedError(Exception):
    pass


@pytest.mark.parametrize('after', [1, 3])
def test_an_interrupted_call_goes_on_and_ends_with_the_same_labels(trained, pool, tmp_path,
                                                                   monkeypatch, after):
    folder = tmp_path / 'new'
    expected = label_pool(*trained, pool, tmp_path / 'whole.npz', batch_size=100)
    monkeypatch.setattr(module, 'SECONDS_BETWEEN_SAVES', 0.0)
    original, steps = module.outputs_of, []

    def stop(*args):
        for number, block in enumerate(original(*args)):
            if number == after:
                raise StoppedError
            yield block

    monkeypatch.setattr(module, 'outputs_of', stop)
    with pytest.raises(StoppedError):
        label_pool(*trained, pool, folder / 'labels.npz', batch_size=100)
    assert not (folder / 'labels.npz').exists()

    def count(*args):
        for block in original(*args):
            steps.append(len(block))
            yield block

    monkeypatch.setattr(module, 'outputs_of', count)
    found = label_pool(*trained, pool, folder / 'labels.npz', batch_size=100)
    assert sum(steps) == len(pool) - 100 * after
    assert (found.labels == expected.labels).all()
    assert (found.confidence == expected.confidence).all()
    assert sorted(path.name for path in folder.iterdir()) == ['labels.json', 'labels.npz']


def test_what_another_model_has_begun_is_not_gone_on_with(trained, pool, tmp_path):
    with open(tmp_path / 'labels.npz.partial', 'wb') as file:
        np.savez(file, labels=np.zeros(200, dtype=np.int64), key='another', num_classes=10,
                 confidence=np.ones(200, dtype=np.float32))
    found = label_pool(*trained, pool, tmp_path / 'labels.npz')
    assert (found.labels == by_hand(trained, pool).argmax(axis=1)).mean() > 0.999


def labels_on(rank, cfg, checkpoint, folder):
    with secure_loading():
        pool = Digits(pipeline=CROP)
        found = label_pool(Config(cfg), checkpoint, pool, f'{folder}/labels.npz', 97)
    return torch.from_numpy(found.labels), torch.from_numpy(found.confidence)


def test_two_processes_label_as_one(trained, pool, tmp_path):
    expected = label_pool(*trained, pool, tmp_path / 'one.npz')
    cfg, checkpoint = trained
    for labels, confidence in on_two_ranks(labels_on, cfg.to_dict(), checkpoint, str(tmp_path)):
        np.testing.assert_allclose(confidence, expected.confidence, atol=1e-4)
        assert (labels.numpy() == expected.labels).mean() > 0.999
    assert len(PseudoLabels.load(tmp_path / 'labels.npz').labels) == len(pool)


def test_heads_that_need_counts_to_predict_get_them(tmp_path):
    body = """model = dict(head=dict(type='ltplug.LogitAdjustedLinearClsHead',
    loss=dict(type='ltplug.ReweightedCrossEntropyLoss', scheme='none')))"""
    cfg = no_workers(Config.fromfile(write_config(tmp_path, body, CE, epochs=3)))
    results = train(cfg, tmp_path / 'run', validate=False)
    model, _ = load_labeler(cfg, results['checkpoint'])
    assert model.head.class_counts[0] == 134
    label_pool(cfg, results['checkpoint'], Digits(split='test'), tmp_path / 'labels.npz')


def test_cosines_are_scaled_before_they_are_probabilities(tmp_path):
    cfg = no_workers(Config.fromfile(write_config(tmp_path, '', LDAM_DRW, epochs=3)))
    results = train(cfg, tmp_path / 'run', validate=False)
    found = label_pool(cfg, results['checkpoint'], Digits(split='test'), tmp_path / 'labels.npz')
    assert found.confidence.max() > 0.5, 'plain cosines of ten classes stay below 0.45'


def test_images_of_several_sizes_are_told(trained, tmp_path):
    mixed = SemiSupervisedDataset(Digits(split='test'), Digits(split='test', size=20))
    with pytest.raises(ValueError, match=r'is \[\(3, 20, 20\)\] .* first one is \[\(3, 16, 16\)\]'):
        label_pool(*trained, mixed, tmp_path / 'labels.npz')


def test_a_pool_without_labels_is_described_without_them(pool):
    labels = PseudoLabels(np.array([0, 0, 2]), np.array([0.5, 0.7, 1.0], dtype=np.float32), 3, (),
                          '')
    unknown = [DataSample()] * 3  # no get_data_info, no labels
    told = describe(labels, unknown)
    assert 'agreement_with_known_labels' not in told
    assert told['classes']['0'] == {'images': 2, 'mean_confidence': pytest.approx(0.6)}
    assert told['classes']['1'] == {'images': 0, 'mean_confidence': 0.0}
