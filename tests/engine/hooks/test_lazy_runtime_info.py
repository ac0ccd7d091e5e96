"""Losses are recorded as mmengine does, but read together."""

import pytest
import torch
from mmengine.hooks import LoggerHook
from mmengine.logging import MessageHub

from ltplug.engine import LazyRuntimeInfoHook
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.hooks.lazy_runtime_info import DivergenceError
from tests.ranks import on_two_ranks

from ..runs import train, write_config

AS_ON_A_GPU = '''
import torch
from ltplug.engine.hooks import lazy_runtime_info as lazy
lazy.LazyRuntimeInfoHook._is_on_device = staticmethod(torch.is_tensor)
'''
BODY = 'model = dict(backbone=dict(depth=8))\ndefault_hooks = dict(logger=dict(interval=5))\n'


def scalars(path):
    hub = MessageHub('again')
    hub.load_state_dict(load_checkpoint_file(path)['message_hub'])
    return {key: buffer.data[0].tolist() for key, buffer in hub.log_scalars.items()
            if 'loss' in key}


def test_the_record_is_that_of_mmengine(tmp_path):
    lazy = write_config(tmp_path, BODY, epochs=1)
    (tmp_path / 'other').mkdir()
    eager = write_config(tmp_path / 'other', BODY.replace(
        'logger=', "runtime_info=dict(type='RuntimeInfoHook'), logger="), epochs=1)
    options = ('--no-validate', '--cfg-options', 'test_dataloader=None', 'test_cfg=None',
               'test_evaluator=None', 'train_dataloader.num_workers=0')
    found = train(lazy, tmp_path / 'lazy', *options, before=AS_ON_A_GPU)
    assert found.returncode == 0, found.stderr
    expected = train(eager, tmp_path / 'eager', *options)
    assert expected.returncode == 0, expected.stderr
    assert scalars(tmp_path / 'lazy/epoch_1.pth') == scalars(tmp_path / 'eager/epoch_1.pth')


class Loader(list):
    dataset = None


class Runner:
    """What the hook sees of a Runner."""

    hooks = (LoggerHook(interval=3), )
    iter = epoch = 0
    max_epochs, max_iters = 1, 4

    def __init__(self):
        self.message_hub = MessageHub('hub')
        self.train_dataloader = Loader(range(4))
        self.model = torch.nn.Linear(2, 1)


@pytest.fixture
def hook(monkeypatch):
    hook = LazyRuntimeInfoHook()
    hook.before_train(Runner())
    monkeypatch.setattr(hook, '_is_on_device', torch.is_tensor)
    return hook


@pytest.mark.parametrize(('intervals', 'expected'), [
    ((3, ), [0, 0, 3, 3, 3, 6, 7]), ((3, 2), [0, 2, 3, 4, 4, 6, 7]), ((), [1, 2, 3, 4, 5, 6, 7])])
def test_losses_are_read_when_a_logger_looks(hook, intervals, expected):
    runner = Runner()
    runner.train_dataloader = Loader(range(7))
    runner.hooks = [LoggerHook(interval=interval) for interval in intervals]
    hook.before_train(runner)
    lengths = []
    for batch in range(7):
        hook.after_train_iter(runner, batch, outputs={'loss': torch.tensor(float(batch))})
        runner.iter += 1
        scalars = runner.message_hub.log_scalars
        lengths.append(len(scalars['train/loss'].data[0]) if scalars else 0)
    assert lengths == expected
    assert scalars['train/loss'].data[0].tolist() == [0, 1, 2, 3, 4, 5, 6]


def test_a_checkpoint_inside_an_interval_holds_all_losses(hook):
    runner = Runner()
    hook.after_train_iter(runner, 0, outputs={'loss': torch.tensor(0.5), 'lr_scale': 2})
    assert 'train/loss' not in runner.message_hub.log_scalars
    checkpoint = {'message_hub': runner.message_hub.state_dict()}
    hook.before_save_checkpoint(runner, checkpoint)
    saved = checkpoint['message_hub']['log_scalars']
    assert saved['train/loss'].current() == 0.5 and saved['train/lr_scale'].current() == 2


def test_what_is_left_at_the_end_is_recorded_and_of_an_interrupted_training_forgotten(hook):
    runner = Runner()
    hook.after_train_iter(runner, 0, outputs={'loss': torch.tensor(0.25)})
    hook.before_train(runner)
    hook.after_train_iter(runner, 0, outputs={'loss': torch.tensor(0.5)})
    assert runner.message_hub.get_info('loop_stage') == 'train'
    hook.after_train(runner)
    assert runner.message_hub.get_scalar('train/loss').data[0].tolist() == [0.5]
    assert 'loop_stage' not in runner.message_hub.runtime_info


def test_numbers_of_several_types_are_recorded_as_they_are(hook):
    runner = Runner()
    values = [torch.tensor(0.1, dtype=dtype) for dtype in
              (torch.float32, torch.bfloat16, torch.float64, torch.float16)]
    hook.after_train_iter(runner, 2, outputs=dict(zip('abcd', values, strict=True)))
    found = [runner.message_hub.get_scalar(f'train/{name}').current() for name in 'abcd']
    assert found == [value.item() for value in values]


def test_only_floating_point_numbers_of_a_device_wait():
    waits = [LazyRuntimeInfoHook._is_on_device(value) for value in (
        torch.ones((), device='meta'), torch.ones(()), 1.0,
        torch.ones((), device='meta', dtype=torch.int64))]
    assert waits == [True, False, False, False]


def test_numbers_are_recorded_at_once_where_there_is_no_device(hook, monkeypatch):
    monkeypatch.setattr(hook, '_is_on_device', LazyRuntimeInfoHook._is_on_device)
    runner = Runner()
    hook.after_train_iter(runner, 0, outputs={'loss': torch.tensor(0.5)})
    assert runner.message_hub.get_scalar('train/loss').current() == 0.5


def test_the_first_loss_that_is_not_finite_ends_the_training(hook):
    runner = Runner()
    inf = float('inf')
    for batch, value in enumerate([1.0, inf]):
        hook.after_train_iter(runner, batch, outputs={
            'loss': torch.tensor(value), 'loss_rotation': torch.tensor(value),
            'rank_correlation': torch.tensor(float('nan'))})
        runner.iter += 1
    with pytest.raises(DivergenceError, match=r'loss_rotation is inf in iteration 2 \(epoch 1\)'):
        hook.after_train_iter(runner, 2, outputs={'loss': torch.tensor(float('nan'))})
    assert len(runner.message_hub.log_scalars['train/loss'].data[0]) == 3, 'all are recorded'
    hook.before_train(runner)  # again
    for batch, key in enumerate(('loss', 'loss_rotation')):
        hook.after_train_iter(runner, batch, outputs={key: torch.tensor(inf)})
        runner.iter += 1
    with pytest.raises(DivergenceError, match='^loss is inf in iteration 3 '):
        hook.after_train(runner)


def end_of_rank(rank, is_on_device):
    hook, runner = LazyRuntimeInfoHook(), Runner()
    hook._is_on_device = is_on_device
    hook.before_train(runner)
    try:
        for batch in range(3):
            value = float('nan') if (rank, batch) == (1, 1) else 1.0
            hook.after_train_iter(runner, batch, outputs={'loss': torch.tensor(value)})
            runner.iter += 1
    except DivergenceError as error:
        return str(error), runner.iter
    return None


@pytest.mark.parametrize('is_on_device', [torch.is_tensor, LazyRuntimeInfoHook._is_on_device])
def test_all_processes_end_for_the_loss_of_one(is_on_device):
    ends = on_two_ranks(end_of_rank, is_on_device)
    assert ends[0] == ends[1] and ends[0][0].startswith('loss is nan in iteration 2 (epoch 1)')
    assert ends[0][1] == 2, 'where the logger looks'


def test_other_numbers_need_not_be_finite(hook):
    runner = Runner()
    outputs = {'loss': torch.tensor(1.0), 'grad_norm': torch.tensor(float('inf'))}
    for batch in range(3):
        hook.after_train_iter(runner, batch, outputs=outputs)


def test_weights_that_are_not_finite_are_not_saved(hook):
    runner = Runner()
    checkpoint = {'meta': {'iter': 12}}
    hook.before_save_checkpoint(runner, checkpoint)
    runner.model.bias.data.fill_(float('nan'))
    runner.model = torch.nn.DataParallel(runner.model)
    with pytest.raises(DivergenceError, match='^bias is not finite any more after 12 iterations'):
        hook.before_save_checkpoint(runner, checkpoint)


def test_a_loss_that_nobody_has_looked_at_keeps_a_checkpoint_from_being_saved(hook):
    runner = Runner()
    hook.after_train_iter(runner, 0, outputs={'loss': torch.tensor(float('nan'))})
    with pytest.raises(DivergenceError, match='loss is nan in iteration 1'):
        hook.before_save_checkpoint(runner, {'message_hub': {}})
