"""A killed run that is resumed ends as if nothing had happened, bit by bit."""

import signal

import pytest
import torch

from .runs import train, weights, write_config

KILL_AT_ITERATION = '''
import os, signal
from mmengine.hooks import IterTimerHook
def kill(self, runner, batch_idx, data_batch=None, outputs=None):
    if runner.iter == 30:  # in epoch 3 of 12 iterations each
        os.kill(os.getpid(), signal.SIGKILL)
IterTimerHook.after_train_iter = kill
'''
KILL_WHILE_WRITING = '''
import os, signal
def fsync(file):
    if 'epoch_3.pth' in os.readlink(f'/proc/self/fd/{file}'):
        os.ftruncate(file, 1000)
        os.kill(os.getpid(), signal.SIGKILL)
os.fsync = fsync
'''


def loader(num_workers):
    return ['--cfg-options', f'train_dataloader.num_workers={num_workers}']


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert torch.equal(found[key], value), key


@pytest.fixture(scope='module')
def config(tmp_path_factory):
    # mixup draws in the main process, the crop in the workers, the weights switch in epoch 4
    return write_config(tmp_path_factory.mktemp('config'), '''
model = dict(backbone=dict(depth=8), train_cfg=dict(augments=dict(type='Mixup', alpha=0.2)))
default_hooks = dict(deferred_reweighting=dict(begin_epoch=3))
''')


@pytest.fixture(scope='module')
def uninterrupted(config, tmp_path_factory):
    folder = tmp_path_factory.mktemp('uninterrupted')
    result = train(config, folder, *loader(0))
    assert result.returncode == 0, result.stderr
    return weights(folder / 'epoch_4.pth')


@pytest.mark.parametrize(('workers', 'workers_after'), [(0, 0), (2, 2), (3, 3), (2, 1)])
def test_killed_in_an_epoch(config, uninterrupted, tmp_path, workers, workers_after):
    result = train(config, tmp_path, *loader(workers), before=KILL_AT_ITERATION)
    assert result.returncode == -signal.SIGKILL, result.stderr
    assert (tmp_path / 'epoch_2.pth').exists() and not (tmp_path / 'epoch_3.pth').exists()
    result = train(config, tmp_path, '--resume', *loader(workers_after))
    assert result.returncode == 0, result.stderr
    assert 'resumed epoch: 2' in result.stdout
    assert_same(weights(tmp_path / 'epoch_4.pth'), uninterrupted)


def test_killed_while_writing_a_checkpoint(config, uninterrupted, tmp_path):
    result = train(config, tmp_path, *loader(0), before=KILL_WHILE_WRITING)
    assert result.returncode == -signal.SIGKILL, result.stderr
    assert list(tmp_path.glob('epoch_3.pth.*-tmp')), 'the kill came in the middle of writing'
    assert not (tmp_path / 'epoch_3.pth').exists()
    result = train(config, tmp_path, '--resume', *loader(0))
    assert result.returncode == 0, result.stderr
    assert 'resumed epoch: 2' in result.stdout
    assert_same(weights(tmp_path / 'epoch_4.pth'), uninterrupted)
    assert not list(tmp_path.glob('*-tmp')), 'the leftover is removed'


def test_resumed_with_another_seed_argument_is_refused(config, tmp_path):
    result = train(config, tmp_path, '--seed', '7', *loader(0), before=KILL_AT_ITERATION)
    assert result.returncode == -signal.SIGKILL
    result = train(config, tmp_path, '--resume', '--seed', '8')
    assert result.returncode == 1
    assert 'was trained with seed 7 and cannot go on with seed 8' in result.stderr


def test_killed_with_augmentation_in_batches(config, tmp_path):
    options = [*loader(0), 'batched_augmentation=True']
    for folder in ('whole', 'killed'):
        result = train(config, tmp_path / folder, *options,
                       before=KILL_AT_ITERATION if folder == 'killed' else '')
        assert result.returncode == (-signal.SIGKILL if folder == 'killed' else 0), result.stderr
    result = train(config, tmp_path / 'killed', '--resume', *options)
    assert result.returncode == 0, result.stderr
    assert_same(weights(tmp_path / 'killed/epoch_4.pth'), weights(tmp_path / 'whole/epoch_4.pth'))
