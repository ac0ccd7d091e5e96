import logging
from types import SimpleNamespace
from unittest import mock

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.runner import EpochBasedTrainLoop

from ltplug.engine import GradientRatioHook
from ltplug.models import DecoupledSupConLoss
from tests.models.methods.small import QUEUE, batch, build
from tests.ranks import on_two_ranks

COUNTS = [150, 50, 5, 2]  # many, medium and two few-shot classes


class Scalars(list):
    def add_scalars(self, scalars, step, file_path):
        self.append((step, scalars))


def make_runner(model):
    return SimpleNamespace(
        model=model, _train_loop=None, iter=0, epoch=4, visualizer=Scalars(), timestamp='now',
        logger=logging.getLogger('test'),
        message_hub=MessageHub.get_instance('ratio'))


def run_epoch(hook, runner, batches):
    hook.before_train_epoch(runner)
    for views, samples in batches:
        hook.before_train_iter(runner, 0)
        runner.model(views, samples, mode='loss')
        runner.iter += 1
    hook.after_train_epoch(runner)


def started(model, **kwargs):
    hook, runner = GradientRatioHook(**kwargs), make_runner(model)
    hook.set_class_counts(COUNTS)
    hook.before_train(runner)
    return hook, runner


@pytest.mark.parametrize(('name', 'kwargs'), [
    ('DSCL', {}), ('SupConMoCo', dict(loss=dict(type='ltplug.DecoupledSupConLoss', alpha=None)))])
def test_means_over_anchors_of_a_group_once_the_queue_is_full(name, kwargs):
    model = build(name, **kwargs, **QUEUE)
    hook, runner = started(model, interval=1)
    run_epoch(hook, runner, [batch(seed=step) for step in range(2)])
    assert runner.visualizer == [], 'the queue was not full before the second batch'

    seen = []
    model.loss_module.register_forward_hook(lambda module, args, output: seen.append(args))
    run_epoch(hook, runner, [batch([0, 0, 1, 2, 3, 3], seed=step) for step in (2, 3)])
    found = torch.cat([model.loss_module.gradient_ratio(*args) for args in seen])
    labels = torch.cat([args[2] for args in seen])
    groups = {'many': labels == 0, 'medium': labels == 1, 'few': labels > 1}
    expected = {f'gradient_ratio/{group}': found[anchors & found.isfinite()].mean().item()
                for group, anchors in groups.items()}
    assert found.isnan().any(), 'class 3 was not in the queue at first'
    assert runner.visualizer == [(5, pytest.approx(expected))]
    assert runner.message_hub.get_scalar('gradient_ratio/few').current() == pytest.approx(
        expected['gradient_ratio/few'])


def test_only_every_so_many_iterations_are_looked_at():
    model = build('DSCL', **QUEUE)
    hook, runner = started(model, interval=3, groups='tertile')
    model.queue.labels.zero_()
    run_epoch(hook, runner, [batch([0] * 6, seed=step) for step in range(7)])
    assert hook._sums[1].sum() == 12, 'iterations 3 and 6'
    ((_, means), ) = runner.visualizer
    assert set(means) == {'gradient_ratio/frequent'}


def ratio_of_a_share(rank, sizes):
    model = build('DSCL', **QUEUE)
    model.queue.labels.copy_(torch.arange(12) % 4)
    hook, runner = started(model, interval=1)
    views, samples = batch([0, 1, 2, 3, 0, 1])
    share = slice(sum(sizes[:rank]), sum(sizes[:rank + 1]))
    run_epoch(hook, runner, [([view[share] for view in views], samples[share])])
    return runner.visualizer[0][1]


def test_two_ranks_log_what_one_process_logs():
    expected = ratio_of_a_share(0, (6, ))
    for found in on_two_ranks(ratio_of_a_share, (4, 2)):
        assert found == pytest.approx(expected, rel=1e-5)
    assert len(expected) == 3


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='interval must be at least 1 and groups one of shot, ter'):
        GradientRatioHook(0)
    runner = make_runner(build('SupConMoCo', loss=dict(type='ltplug.SupConLoss'), **QUEUE))
    GradientRatioHook().before_run(runner)  # of a test, which has no use for the loss
    runner._train_loop = mock.Mock(spec=EpochBasedTrainLoop)
    with pytest.raises(ValueError, match='are those of ltplug.DecoupledSupConLoss: use it'):
        GradientRatioHook().before_run(runner)
    runner.model = torch.nn.Sequential(DecoupledSupConLoss())
    with pytest.raises(RuntimeError, match='needs the class counts of the training data'):
        GradientRatioHook().before_train(runner)
