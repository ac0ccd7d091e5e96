from types import SimpleNamespace

import pytest
import torch
from mmengine.model import ExponentialMovingAverage
from mmengine.optim import OptimWrapperDict
from mmengine.runner import EpochBasedTrainLoop
from torch import nn

from ltplug.apis import train
from ltplug.apis.config import load_config
from ltplug.apis.runner import build_runner
from ltplug.engine import AccumulationHook, EpochwiseOptimWrapper
from ltplug.engine.checkpoint_io import load_checkpoint_file
from tests.apis.captured import Enough
from tests.engine.runs import ROOT

CE = ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'


def short(folder, batch_size, counts, **options):
    """Ten classes of twelve images, without batch norm, which would see the batches apart."""
    return load_config(CE, {
        'model.backbone.depth': 8, 'model.backbone.norm_cfg.type': 'GN',
        'model.backbone.norm_cfg.num_groups': 4,
        'train_dataloader.dataset.imbalance_ratio': 1, 'train_dataloader.dataset.max_count': 12,
        'train_dataloader.batch_size': batch_size, 'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': False,
        'optim_wrapper.accumulative_counts': counts, 'optim_wrapper.optimizer.lr': 0.05,
        'train_cfg.max_epochs': 2, 'train_cfg.val_interval': 2, 'param_scheduler': None,
        'custom_hooks': [dict(type='mmengine.EMAHook', momentum=0.1)], 'log_level': 'ERROR',
        'test_dataloader': None, 'test_cfg': None, 'test_evaluator': None,
        'val_dataloader': None, 'val_cfg': None, 'val_evaluator': None, **options})


def trained(folder, *args, **options):
    train(short(folder, *args, **options), folder)
    return load_checkpoint_file(folder / 'epoch_2.pth')


def test_small_batches_together_are_a_large_one(tmp_path):
    large, small = trained(tmp_path / 'large', 40, 1), trained(tmp_path / 'small', 20, 2)
    for part in ('state_dict', 'ema_state_dict'):
        for key, value in large[part].items():
            if key != 'steps':
                torch.testing.assert_close(small[part][key], value, atol=2e-4, rtol=0, msg=key)
    moved = (large['state_dict'][key] - large['ema_state_dict'][f'module.{key}']
             for key in ('head.fc.weight', 'backbone.conv1.weight'))
    assert all(difference.abs().max() > 1e-3 for difference in moved), 'else EMA is not tested'


def test_a_resumed_run_ends_as_the_unbroken_one(tmp_path):
    # Four batches of 33 an epoch, three of which make a step: the last makes one of its own.
    expected = trained(tmp_path / 'whole', 33, 3)
    runner = build_runner(short(tmp_path / 'broken', 33, 3,
                                work_dir=str(tmp_path / 'broken')))

    def stop(*args, **kwargs):
        if runner.epoch == 1:
            raise Enough

    runner.hooks[0].before_train_iter = stop
    with pytest.raises(Enough):
        runner.train()
    train(short(tmp_path / 'broken', 33, 3), tmp_path / 'broken', resume='auto')
    found = load_checkpoint_file(tmp_path / 'broken/epoch_2.pth')
    for part in ('state_dict', 'ema_state_dict'):
        for key, value in expected[part].items():
            assert found[part][key].equal(value), key


def test_momentum_encoders_move_with_the_first_batch_of_a_step():
    torch.manual_seed(0)
    query = nn.Linear(2, 2)
    model = nn.Module()
    model.query, model.encoder_k = query, ExponentialMovingAverage(query, momentum=0.5)
    wrapper = EpochwiseOptimWrapper(torch.optim.SGD(query.parameters(), lr=1.0),
                                    accumulative_counts=2)
    runner = SimpleNamespace(
        model=model, optim_wrapper=wrapper, hooks=[], train_dataloader=range(5),
        train_loop=EpochBasedTrainLoop.__new__(EpochBasedTrainLoop))
    hook = AccumulationHook()
    wrapper.initialize_count_status(model, 0, 10)
    hook.before_train(runner)
    moved = []
    for iteration in range(10):
        hook.before_train_iter(runner, iteration % 5)
        before = model.encoder_k.module.weight.clone()
        model.encoder_k.update_parameters(query)
        moved.append(not model.encoder_k.module.weight.equal(before))
        wrapper.update_params(query(torch.ones(1, 2)).sum())
    # the first time the encoder becomes what it is already
    assert moved == [False, False, True, False, True, True, False, True, False, True]
    assert model.encoder_k.steps == 6


def test_several_optimizers_are_refused():
    wrapper = OptimWrapperDict(one=EpochwiseOptimWrapper(
        torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)))
    with pytest.raises(ValueError, match='one optimizer, and the config has several'):
        AccumulationHook().before_train(SimpleNamespace(optim_wrapper=wrapper))
