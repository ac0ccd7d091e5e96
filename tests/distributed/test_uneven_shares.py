"""Evaluation counts every image once, however they are spread over processes."""

from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from mmengine.runner import EpochBasedTrainLoop

from ltplug.apis.config import adapt_to_machine
from ltplug.apis.distributed import init_distributed
from ltplug.apis.runner import build_runner
from ltplug.datasets import PseudoLabels
from ltplug.engine import KNNProbeHook, extract_features
from ltplug.engine.tasks.pool_labels import label_pool
from ltplug.evaluation import PredictionRecord
from ltplug.registry import DATASETS, MODELS
from tests.ranks import on_ranks

from .cases import CASES, build

COUNTS = [134, 101, 78, 60, 46, 23, 19, 9, 4, 2]
SIZES = (1, 2, 7, 60)
"""Of the test set: fewer than ranks, one short batch, several batches of 4 and a rest."""


def some_digits(size, **kwargs):
    """Return the config of so many test images of all classes."""
    shuffled = np.random.default_rng(0).permutation(400)
    return dict(type='ltplug.Digits', split='test', test_mode=True,
                indices=shuffled[:size].tolist(), pipeline=[dict(type='PackInputs')], **kwargs)


def seeded_model(cfg):
    torch.manual_seed(0)
    model = MODELS.build({**cfg.model, 'data_preprocessor': dict(cfg.data_preprocessor)})
    model.init_weights()
    return model


def evaluate(rank, folder, round_up):
    """Return metrics, details, record and file of the test of an untrained model, by set size."""
    results = {}
    for size in SIZES:
        cfg = build(CASES['ce'], folder)
        for key in ('train_cfg', 'train_dataloader', 'optim_wrapper'):
            cfg.pop(key)
        out = f'{folder}/{size}.npz'
        cfg.test_dataloader.update(
            dataset=some_digits(size), batch_size=4, num_workers=0,
            sampler=dict(type='DefaultSampler', shuffle=False, round_up=round_up))
        cfg.test_evaluator = [
            dict(type='ltplug.GroupAccuracy', class_counts=COUNTS),
            dict(type='ltplug.SavePredictions', out_file=out)]
        adapt_to_machine(cfg)
        init_distributed(cfg, 'pytorch' if torch.distributed.is_initialized() else 'none')
        runner = build_runner(cfg)
        record = PredictionRecord()
        runner.test_loop.evaluator.metrics.append(record)
        metrics = runner.test()
        results[size] = metrics, runner.test_evaluator.metrics[0].details, record.record
    return results


@pytest.fixture(scope='module')
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp('alone')
    return folder, evaluate(0, folder, True)


@pytest.mark.parametrize(('ranks', 'round_up'), [(2, True), (3, True), (3, False)])
def test_metrics_and_predictions_are_those_of_one_process(alone, tmp_path, ranks, round_up):
    folder, expected = alone
    found = on_ranks(ranks, evaluate, tmp_path, round_up)
    for size, (metrics, details, record) in expected.items():
        for rank in found:
            assert rank[size][0] == metrics, 'every rank is told'
        _, its_details, its_record = found[0][size]
        assert its_details == details
        assert len(its_record['gt_label']) == size
        with np.load(folder / f'{size}.npz') as file, np.load(tmp_path / f'{size}.npz') as its_file:
            for label in ('gt_label', 'pred_label'):
                np.testing.assert_array_equal(its_record[label], record[label])
                np.testing.assert_array_equal(its_file[label], file[label])
            np.testing.assert_allclose(its_record['confidence'], record['confidence'], atol=1e-5)
            np.testing.assert_allclose(its_file['pred_score'], file['pred_score'], atol=1e-5)
    assert len({metrics['group_accuracy/top1'] for metrics, *_ in expected.values()}) > 1


def describe_images(rank, cfg, checkpoint, folder):
    """Return features, neighbour accuracies and pseudo-labels of few images, by their number."""
    model, results = seeded_model(cfg), {}
    for size in SIZES:
        images = some_digits(size)
        probe = KNNProbeHook(bank=some_digits(50), query=images, k=5, batch_size=4, num_workers=0)
        probe.set_class_counts(COUNTS)
        probe.before_run(SimpleNamespace(_train_loop=Mock(spec=EpochBasedTrainLoop), hooks=[]))
        pool = DATASETS.build(images)
        labels = label_pool(cfg, checkpoint, pool, f'{folder}/labels_{size}.npz', batch_size=4)
        results[size] = dict(
            features=extract_features(model, pool, batch_size=4), labels=labels.labels,
            confidence=labels.confidence, accuracies=probe.probe(model))
    return results


@pytest.mark.parametrize('ranks', [2, 3])
def test_features_neighbours_and_pseudo_labels_are_those_of_one_process(tmp_path, ranks):
    cfg = build(CASES['ce'], tmp_path)
    cfg.test_dataloader.update(dataset=some_digits(1), num_workers=0)
    checkpoint = str(tmp_path / 'checkpoint.pth')
    torch.save({'state_dict': seeded_model(cfg).state_dict(), 'meta': {}}, checkpoint)
    expected = describe_images(0, cfg, checkpoint, tmp_path)
    for found in on_ranks(ranks, describe_images, cfg, checkpoint, tmp_path):
        for size, of_one in expected.items():
            of_rank = found[size]
            assert of_rank['features'].shape == (size, 64)
            np.testing.assert_allclose(of_rank['features'], of_one['features'], atol=1e-5)
            np.testing.assert_allclose(of_rank['confidence'], of_one['confidence'], atol=1e-5)
            np.testing.assert_array_equal(of_rank['labels'], of_one['labels'])
            np.testing.assert_equal(of_rank['accuracies'], of_one['accuracies'])
    assert len(PseudoLabels.load(tmp_path / 'labels_7.npz').labels) == 7
