"""Two processes with half the batch do what one process does."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from ltplug.apis.config import adapt_to_machine
from ltplug.datasets import class_counts
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.checkpoint_meta import META_KEY

from .runs import LDAM_DRW, ROOT, run, train, train_in_two, weights, write_config

CE = ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'
# Batch norm magnifies rounding: at a rate of 0.05, one thread and two threads of a single process
# end 0.1 apart.
BATCH_NORM_RATE = 2e-4
GROUP_NORM = ", norm_cfg=dict(type='GN', num_groups=4)"
# 24 steps, the last of an epoch with 19 images (an odd number), weighted losses in the second epoch
BODY = """
param_scheduler = [dict(type='ConstantLR', factor=1.0)]
optim_wrapper = dict(optimizer=dict(lr={lr}))
default_hooks = dict(
    deferred_reweighting=dict(type='ltplug.DeferredReweightingHook', begin_epoch=1))
model = dict(backbone=dict(depth=8{norm}))
train_dataloader = dict(batch_size={batch_size})
"""


def write_variant(folder: Path, base: Path, batch_size: int, lr: float, norm: str = '') -> Path:
    folder.mkdir()
    body = BODY.format(lr=lr, norm=norm, batch_size=batch_size)
    return write_config(folder, body, base, epochs=2)


def torchrun(config: Path, work_dir: Path, *options: str):
    return run([sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node',
                2, ROOT / 'tools/train.py', config, '--work-dir', work_dir, '--launcher',
                'pytorch', *options])


def largest_difference(found, expected):
    return max((found[key].double() - expected[key].double()).abs().max().item()
               for key in expected)


@pytest.fixture(scope='module')
def two_processes(tmp_path_factory):
    """Train with batch norm in two processes."""
    folder = tmp_path_factory.mktemp('bn')
    config = write_variant(folder / 'config', CE, 16, lr=BATCH_NORM_RATE)
    result = torchrun(config, folder / 'run')
    assert result.returncode == 0, result.stdout + result.stderr
    return config, folder / 'run', result


def test_group_norm_agrees_with_one_process(tmp_path):
    config = write_variant(tmp_path / 'one', LDAM_DRW, 32, 0.05, GROUP_NORM)
    result = train(config, tmp_path / 'alone')
    assert result.returncode == 0, result.stderr
    config = write_variant(tmp_path / 'two', LDAM_DRW, 16, 0.05, GROUP_NORM)
    result = train_in_two(config, tmp_path / 'together')
    assert result.returncode == 0, result.stderr
    alone, together = (weights(tmp_path / name / 'epoch_2.pth') for name in ('alone', 'together'))
    assert largest_difference(together, alone) <= 1e-5


def test_batch_norm_agrees_with_shares_normalised_apart(two_processes):
    config, work_dir, _ = two_processes
    expected = train_in_shares(config)
    checkpoint = load_checkpoint_file(work_dir / 'epoch_2.pth')
    found = checkpoint['state_dict']
    parameters = [name for name in expected if 'running' not in name and 'tracked' not in name]
    worst = max((found[name] - expected[name]).abs().max().item() for name in parameters)
    assert worst <= 1e-5
    statistics = [name for name in expected if 'running' in name]
    assert max((found[name] - expected[name]).abs().max().item() for name in statistics) <= 1e-4
    assert checkpoint['meta'][META_KEY]['class_counts'][0] == 134


def test_both_ranks_report_once_and_the_test_is_whole(two_processes):
    _, work_dir, result = two_processes
    assert result.stdout.count('Training images: 371 in 10 classes') == 1
    assert 'Device: 2 x cpu' in result.stdout
    config = two_processes[0]
    alone = run([sys.executable, ROOT / 'tools/test.py', config, work_dir / 'epoch_2.pth',
                 '--work-dir', work_dir / 'alone'])
    assert alone.returncode == 0, alone.stderr
    results = [json.loads((work_dir / name / 'results.json').read_text())
               for name in ('test', 'alone')]
    assert results[0]['metrics'] == results[1]['metrics']
    records = [np.load(work_dir / name / 'predictions.npz') for name in ('test', 'alone')]
    for key in ('gt_label', 'pred_label', 'weight_norms'):
        np.testing.assert_array_equal(records[0][key], records[1][key])


AVERAGED = "custom_hooks = [dict(type='EMAHook', momentum=0.1)]\n"
SLOW_WRITE = '''
import time
from ltplug.engine.hooks import atomic_checkpoint
write = atomic_checkpoint.write_atomically
def slowly(path, content):
    time.sleep(3)
    write(path, content)
atomic_checkpoint.write_atomically = slowly
from ltplug.cli.running import train_main
train_main()
'''


def test_the_last_checkpoint_is_awaited_and_averaged_models_share_statistics(tmp_path):
    body = AVERAGED + 'model = dict(backbone=dict(depth=8))'
    config = write_config(tmp_path, body, CE, epochs=1)
    script = tmp_path / 'slow.py'
    script.write_text(SLOW_WRITE)
    result = run([sys.executable, '-m', 'torch.distributed.run', '--standalone',
                  '--nproc_per_node', 2, script, config, '--work-dir', tmp_path / 'run',
                  '--launcher', 'pytorch', '--no-validate', '--cfg-options',
                  'train_dataloader.batch_size=16', 'param_scheduler=None'])
    assert result.returncode == 0, result.stdout + result.stderr
    checkpoint = load_checkpoint_file(tmp_path / 'run' / 'epoch_1.pth')
    averaged, raw = checkpoint['state_dict'], checkpoint['ema_state_dict']
    name = 'backbone.norm1.running_mean'
    assert averaged[name].equal(raw[f'module.{name}']), 'both are the mean over ranks'
    assert not averaged['backbone.conv1.weight'].equal(raw['module.backbone.conv1.weight'])


def train_in_shares(config: Path) -> dict[str, torch.Tensor]:
    """Train in one process, each half of a batch normalised on its own, as DDP does."""
    init_default_scope('mmpretrain')
    cfg = Config.fromfile(config)
    adapt_to_machine(cfg)
    cfg.train_dataloader.update(batch_size=32, num_workers=0, persistent_workers=False)
    runner = Runner.from_cfg(dict(
        model=cfg.model, data_preprocessor=cfg.data_preprocessor, work_dir=str(config.parent),
        randomness=cfg.randomness, default_scope='mmpretrain', experiment_name='shares'))
    model = runner.model
    model.init_weights()
    loader = Runner.build_dataloader(cfg.train_dataloader, seed=cfg.randomness.seed)
    loss_module = model.head.loss_module
    loss_module.set_class_counts(class_counts(loader.dataset))
    optimizer = torch.optim.SGD(model.parameters(), lr=BATCH_NORM_RATE, momentum=0.9,
                                weight_decay=5e-4)
    model.train()
    statistics = [{key: value.clone() for key, value in model.named_buffers()} for _ in range(2)]
    for epoch in range(2):
        loader.batch_sampler.sampler.set_epoch(epoch)
        if epoch == 1:
            loss_module.set_reweighting('effective')
        for batch in loader:
            data = model.data_preprocessor(batch, training=True)
            labels = torch.cat([sample.gt_label for sample in data['data_samples']])
            weight = loss_module._tensors(torch.zeros(1, 10))[1]
            divisor = len(labels) if weight is None else weight[labels].sum()
            optimizer.zero_grad()
            for rank, share in enumerate(np.array_split(np.arange(len(labels)), 2)):
                model.load_state_dict(statistics[rank], strict=False)
                score = model.head(model.extract_feat(data['inputs'][share]))
                loss = loss_module(score, labels[share], reduction_override='sum')
                (loss / divisor).backward()
                statistics[rank] = {key: value.clone() for key, value in model.named_buffers()}
            optimizer.step()
        mean = {key: (value + statistics[1][key]) / 2 for key, value in statistics[0].items()}
        statistics = [mean, dict(mean)]
        model.load_state_dict(mean, strict=False)
    return {key: value.detach() for key, value in model.state_dict().items()}
