"""A loop whose loading processes run on into the next epoch trains as one that waits."""

import multiprocessing
import traceback

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.datasets import DrawBatchSampler
from ltplug.engine.continuous_loop import _RunsOn, why_not_continuous
from tests.ranks import on_two_ranks

from .continuous import (
    BATCHES,
    EPOCHS,
    OURS,
    STOCK,
    assert_same,
    build,
    dataset,
    steps_of,
    steps_of_rank,
)


@pytest.fixture
def processes():
    """Return the processes that the test has started and that live."""

    def alive():
        return {child.pid for child in multiprocessing.active_children()}

    before = alive()
    return lambda: alive() - before


@pytest.fixture(scope='module')
def expected(tmp_path_factory):
    """What mmengine's loop does, without loading processes."""
    return steps_of(tmp_path_factory.mktemp('stock'), STOCK, workers=0)


class Between(Hook):
    """Calls a function after every epoch, or at another event."""

    def __init__(self, function, event='after_train_epoch'):
        setattr(self, event, lambda runner, **_: function(runner))


@pytest.fixture
def drawn(monkeypatch):
    """Epochs that were asked for before they began."""
    epochs = []
    batches = DrawBatchSampler.batches

    def note(self, epoch):
        epochs.append(epoch)
        return batches(self, epoch)

    monkeypatch.setattr(DrawBatchSampler, 'batches', note)
    return epochs


def test_processes_run_ahead_and_change_nothing(expected, drawn, tmp_path, processes):
    seen = []

    def look(runner):
        seen.append((list(drawn), processes()))
        runner.model.eval()  # as a validation does

    found = steps_of(tmp_path, OURS, hooks=(Between(look), ))
    assert_same(found, expected)
    assert len(expected) == EPOCHS * BATCHES and len(expected[-1].images) == 2
    asked, started = zip(*seen, strict=True)
    assert asked == ([0, 1], [0, 1, 2], [0, 1, 2]), 'one epoch ahead, and none after the last'
    assert len(started[0]) == 2 and started[0] == started[1], 'they are not started anew'
    assert not started[2], 'they end with the last batch'


@pytest.mark.parametrize('options', [
    dict(workers=0), dict(persistent=False),
    dict(loader=dict(prefetch_factor=5)),  # ten batches, more than two epochs
])
def test_other_ways_to_load_give_the_same(expected, tmp_path, options, processes):
    assert_same(steps_of(tmp_path, OURS, **options), expected)
    assert not processes()


def test_a_resumed_run_goes_on_as_the_unbroken_one(expected, tmp_path):
    first = steps_of(tmp_path, OURS, epochs=1)
    assert [step.images for step in first] == [step.images for step in expected[:BATCHES]]
    rest = steps_of(tmp_path, OURS, load_from=str(tmp_path / 'epoch_1.pth'), resume=True)
    assert_same(rest, expected[BATCHES:])


def test_two_processes(tmp_path):
    stock, ours = (on_two_ranks(steps_of_rank, tmp_path / loop, loop) for loop in (STOCK, OURS))
    for found, wanted in zip(ours, stock, strict=True):
        assert_same(found, wanted)
    assert ours[0][0].images != ours[1][0].images and len(ours[0]) == EPOCHS * BATCHES


def test_hooks_may_iterate_the_loader(expected, tmp_path, processes):
    seen = []

    def look(runner):
        own = iter(runner.train_dataloader)
        seen.append([sample.dataset_index for batch in own for sample in batch['data_samples']])
        assert len(processes()) <= 2, 'its own have ended'
        next(iter(runner.train_dataloader))  # and let go of it

    assert_same(steps_of(tmp_path, OURS, hooks=(Between(look), )), expected)
    for epoch, images in enumerate(seen):  # the sampler is in the epoch that ends
        assert images == [image for step in expected if step.epoch == epoch
                          for image in step.images]
    assert not processes()


def test_hooks_may_change_the_transforms(expected, tmp_path):

    def switch(runner):
        if runner.epoch == 0:  # as SwitchRecipeHook does it
            runner.train_dataloader.dataset.dataset.pipeline.transforms.pop(0)
            runner.train_dataloader._iterator = None

    found = steps_of(tmp_path, OURS, hooks=(Between(switch), ))
    assert [step[:5] for step in found] == [step[:5] for step in expected]
    same = [one.inputs.equal(other.inputs) for one, other in zip(found, expected, strict=True)]
    assert same == [True] * BATCHES + [False] * BATCHES * (EPOCHS - 1)


def test_a_training_that_stops_early_leaves_no_process(tmp_path, processes):

    def stop(runner):
        assert len(processes()) == 2
        runner.train_loop.stop_training = True

    runner, watch = build(tmp_path, OURS, hooks=(Between(stop), ), epochs=50)
    runner.train()
    assert len(watch.steps) == BATCHES and not processes()


def test_errors_come_with_the_batch_that_has_them(expected, tmp_path, processes):
    wanted = [step.images for step in expected[:BATCHES + 2]]
    image = expected[BATCHES + 2].images[0]  # in the second epoch
    for loop in (STOCK, OURS):
        runner, watch = build(tmp_path / loop, loop)
        loader = runner.train_dataloader
        draw = next(draw for batch in loader.batch_sampler.batches(1) for draw in batch
                    if draw.index == image)

        class Broken(type(loader.dataset)):
            bad = draw

            def __getitem__(self, draw):
                if draw == self.bad:
                    raise ValueError(f'Image {draw.index} is broken.')
                return super().__getitem__(draw)

        loader.dataset.__class__ = Broken
        try:
            runner.train()
        except ValueError as error:
            assert f'Image {image} is broken' in str(error)
            traceback.clear_frames(error.__traceback__)
        assert [step.images for step in watch.steps] == wanted
        loader._iterator = None
        assert not processes()


def test_an_epoch_that_was_left_early_begins_anew(expected, tmp_path, processes, monkeypatch):
    running = []
    begin = _RunsOn._begin
    monkeypatch.setattr(_RunsOn, '_begin', lambda self, **attributes: (
        running.append(processes()), begin(self, **attributes))[1])
    loop = build(tmp_path, OURS)[0].train_loop

    def images_of(epoch):
        loop._epoch = epoch
        return [[sample.dataset_index for sample in batch['data_samples']]
                for batch in loop.batches(EPOCHS)]

    wanted = [step.images for step in expected]
    assert images_of(0) == wanted[:BATCHES]
    loop._epoch = 1
    next(loop.batches(EPOCHS))
    assert images_of(1) == wanted[BATCHES:2 * BATCHES]
    assert images_of(0) == wanted[:BATCHES], 'not the next one'
    assert images_of(2) == wanted[2 * BATCHES:]
    assert running == [set()] * 4, 'those before have ended'
    assert not processes()


@pytest.mark.parametrize('event', ['after_train_iter', 'after_train_epoch'])
def test_processes_of_a_training_that_fails_end(tmp_path, event, processes):

    def fail(runner):
        raise KeyboardInterrupt

    runner, _ = build(tmp_path, OURS, hooks=(Between(fail, event), ))
    with pytest.raises(KeyboardInterrupt) as failure:
        runner.train()
    assert not processes(), f'although the traceback lives: {failure.traceback}'


class ToldBetweenEpochs(DrawBatchSampler):
    """Its authors do not say that an epoch depends on (seed, epoch) alone."""


@pytest.mark.parametrize(('options', 'reason'), [
    (dict(), None),
    (dict(num_workers=0, persistent_workers=False), 'num_workers=0'),
    (dict(persistent_workers=False), 'persistent_workers=False'),
    (dict(batch_sampler=dict(type='ltplug.StrengthDrawBatchSampler')),
     'StrengthDrawBatchSampler with DefaultSampler'),
    (dict(batch_sampler=dict(type=ToldBetweenEpochs)), 'ToldBetweenEpochs'),
    (dict(batch_sampler=None), 'BatchSampler with DefaultSampler'),
])
def test_who_loads_each_epoch_by_itself(options, reason):
    loader = dict(dict(
        batch_size=16, num_workers=2, persistent_workers=True, dataset=dataset(),
        sampler=dict(type='DefaultSampler', shuffle=True),
        batch_sampler=dict(type='ltplug.DrawBatchSampler')), **options)
    found = why_not_continuous(Runner.build_dataloader(loader, seed=0))
    assert found is None if reason is None else reason in found


def test_a_sampler_that_is_told_something_is_asked_when_its_epoch_begins(tmp_path, monkeypatch):
    strengths = torch.linspace(0, 1, 50).numpy()
    seen, logged = [], []
    monkeypatch.setattr('ltplug.engine.continuous_loop.print_log',
                        lambda line, **_: logged.append(line))

    def tell(runner):
        runner.train_dataloader.batch_sampler.strengths = strengths * (runner.epoch + 1) / EPOCHS
        seen.append(runner.epoch)

    options = dict(hooks=(Between(tell), ), loader=dict(
        batch_sampler=dict(type='ltplug.StrengthDrawBatchSampler')))
    assert_same(steps_of(tmp_path / 'ours', OURS, **options),
                steps_of(tmp_path / 'stock', STOCK, **options))
    assert seen == [0, 1, 2] * 2
    (line, ) = logged
    assert line.startswith('Every epoch waits for its first batch: StrengthDrawBatchSampler with')
