import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from ltplug.apis import train
from ltplug.datasets import Digits, LongTailSubset
from ltplug.engine import KNNProbeHook, extract_features
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.evaluation import GroupAccuracy
from ltplug.ops import knn_classify

from ..runs import ROOT, train_in_two

BASES = ROOT / 'configs/_base_'
COUNTS = [134, 86, 56, 36, 23, 15, 9, 6, 4, 2]
TEST = [dict(type='PackInputs')]
BANK = dict(type='ltplug.LongTailSubset', imbalance_ratio=50,
            dataset=dict(type='ltplug.Digits', pipeline=TEST))
QUERY = dict(type='ltplug.Digits', split='test', pipeline=TEST)


def write_simclr(folder, epochs=3, batch_size=64, hooks=''):
    """Write a self-supervised stage with a probe; it has no validation."""
    path = folder / 'simclr.py'
    path.write_text(f'''
_base_ = ['{BASES}/schedules/digits-lt_60e.py', '{BASES}/default_runtime.py']
model = dict(
    type='SimCLR', backbone=dict(type='ltplug.CIFARResNet', depth=8),
    neck=dict(type='NonLinearNeck', in_channels=64, hid_channels=64, out_channels=16,
              num_layers=2, norm_cfg=dict(type='BN1d')),
    head=dict(type='ContrastiveHead', loss=dict(type='CrossEntropyLoss'), temperature=0.1),
    data_preprocessor=dict(
        type='SelfSupDataPreprocessor', mean=[77.8] * 3, std=[92.0] * 3))
train_dataloader = dict(
    batch_size={batch_size}, num_workers=0, collate_fn=dict(type='default_collate'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='ltplug.DrawBatchSampler', drop_last=True),
    dataset=dict(type='ltplug.LongTailSubset', imbalance_ratio=50, dataset=dict(
        type='ltplug.Digits', pipeline=[
            dict(type='MultiView', num_views=2, transforms=[
                [dict(type='RandomCrop', crop_size=16, padding=2)]]),
            dict(type='PackInputs')])))
optim_wrapper = dict(optimizer=dict(lr=0.01))
param_scheduler = None
train_cfg = dict(_delete_=True, by_epoch=True, max_epochs={epochs})
default_hooks = dict({hooks}
    logger=dict(interval=2),
    knn_probe=dict(type='ltplug.KNNProbeHook', interval=2, num_workers=0, k=1000,
                   bank={BANK}, query={QUERY}))
''')
    return path


def logged_scalars(work_dir):
    (path, ) = work_dir.glob('*/vis_data/scalars.json')
    records = [json.loads(line) for line in path.read_text().splitlines()]
    return [record for record in records if 'knn/top1' in record]


@pytest.fixture(scope='module')
def probed(tmp_path_factory):
    folder = tmp_path_factory.mktemp('probed')
    init_default_scope('mmpretrain')
    assert train(Config.fromfile(write_simclr(folder)), folder / 'run') == {}
    return folder / 'run'


def test_probes_are_logged_like_metrics(probed):
    records = logged_scalars(probed)
    assert [record['step'] for record in records] == [2, 3], 'every second epoch and the last'
    assert {'knn/many', 'knn/medium', 'knn/few', 'knn/group_mean'} <= records[0].keys()
    (log, ) = probed.glob('*/*.log')
    line, = (line for line in log.read_text().splitlines() if 'Epoch(knn) [3]' in line)
    assert f'knn/few: {records[1]["knn/few"]:.4f}' in line
    hub = load_checkpoint_file(probed / 'epoch_3.pth')['message_hub']
    assert hub['log_scalars']['knn/top1'].current() == records[1]['knn/top1']


def test_the_numbers_are_those_of_the_classifier(probed):
    cfg = Config.fromfile(probed / 'simclr.py')
    model = MODELS.build(cfg.model)
    model.load_state_dict(load_checkpoint_file(probed / 'epoch_3.pth')['state_dict'])
    bank = LongTailSubset(Digits(pipeline=TEST), imbalance_ratio=50)
    query = Digits(split='test', pipeline=TEST)
    features = [torch.nn.functional.normalize(torch.from_numpy(extract_features(model, data)))
                for data in (bank, query)]
    predicted = knn_classify(features[0], torch.from_numpy(bank.get_gt_labels()), features[1],
                             k=len(bank))  # 1000 neighbours are more than there are
    expected = GroupAccuracy.calculate(predicted, query.get_gt_labels(), COUNTS)
    record = logged_scalars(probed)[1]
    for name in ('top1', 'many', 'medium', 'few', 'std'):
        assert record[f'knn/{name}'] == pytest.approx(expected[name])


def test_probing_does_not_change_training(probed, tmp_path):
    cfg = Config.fromfile(write_simclr(tmp_path))
    cfg.default_hooks.pop('knn_probe')
    train(cfg, tmp_path / 'run')
    found, expected = (load_checkpoint_file(folder / 'epoch_3.pth')['state_dict']
                       for folder in (probed, tmp_path / 'run'))
    assert all(found[key].equal(value) for key, value in expected.items())


def test_two_processes_probe_the_same_model(tmp_path):
    config = write_simclr(tmp_path, epochs=1, batch_size=32)
    result = train_in_two(config, tmp_path / 'run')
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count('Epoch(knn) [1]') == 1
    (record, ) = logged_scalars(tmp_path / 'run')
    assert np.isfinite(record['knn/top1'])


def test_missing_counts_are_told_before_training(tmp_path):
    cfg = Config.fromfile(write_simclr(tmp_path, epochs=1))
    cfg.default_hooks.class_counts = None
    with pytest.raises(RuntimeError, match='KNNProbeHook needs the class counts'):
        train(cfg, tmp_path / 'run')
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_mistakes_are_told():
    for wrong in (dict(k=0), dict(interval=0), dict(temperature=0)):
        with pytest.raises(ValueError, match='must be positive'):
            KNNProbeHook(BANK, QUERY, **wrong)
    with pytest.raises(ValueError, match="got 'shots'"):
        KNNProbeHook(BANK, QUERY, groups='shots')


def test_a_query_of_other_classes_is_refused(tmp_path):
    cfg = Config.fromfile(write_simclr(tmp_path))
    cfg.default_hooks.knn_probe.query.metainfo = dict(classes=['zero', *'123456789'])
    with pytest.raises(ValueError, match="Label 0 is 'zero' in the query of KNNProbeHook, but '0' "
                                         'in its bank'):
        train(cfg, tmp_path / 'run')
