import signal

import numpy as np
import pytest
import torch
from mmengine.hooks import EMAHook

from ltplug.datasets import gt_labels
from ltplug.engine import ClassTemperatureHook
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.ops import class_temperatures
from tests.engine.hooks.test_subclass_clustering import (
    CONFIG,
    KILL_IN_AN_INTERVAL,
    PIPELINE,
    make_runner,
    plain_features,
)
from tests.engine.runs import train, weights
from tests.ranks import on_two_ranks

TSC = dict(loss=dict(type='ltplug.TargetedSupConLoss', temperature=0.2),
           class_targets=dict(type='ltplug.ClassTargets', num_classes=10, dim=16))


def tsc_runner(name='SupCon', **kwargs):
    return make_runner(name, **TSC, **{'dynamic_temperature': True, **kwargs})


def build_hook(runner, **kwargs):
    hook = ClassTemperatureHook(PIPELINE, num_workers=0, **kwargs)
    hook.before_run(runner)
    return hook


@pytest.mark.parametrize(('name', 'kwargs'), [
    ('SupCon', {}), ('SupConMoCo', dict(queue_len=100, feat_dim=16))])
def test_temperatures_are_those_of_the_projected_images(name, kwargs):
    runner = tsc_runner(name, **kwargs)
    dataset = runner.train_dataloader.dataset.dataset
    runner.train_dataloader.dataset = dataset  # samples need no index
    hook = build_hook(runner, warmup_epochs=2, interval=3, alpha=4)
    table, found = runner.model.temperatures, []
    for runner.epoch in range(7):
        hook.before_train_epoch(runner)
        found.append(table.filled_epoch.item())
        if runner.epoch == 1:
            assert table.class_temperature.equal(torch.full((10, ), 0.2))
    assert found == [-1, -1, 2, 3, 3, 3, 6]
    assert [step for step, _ in runner.visualizer.values] == [3, 4, 7]
    expected = class_temperatures(plain_features(runner), gt_labels(dataset), 0.2, 4)
    np.testing.assert_allclose(table.class_temperature, expected, rtol=1e-4)
    assert (table.class_temperature > 0.2).all()


def test_room_is_made_before_an_averaged_copy():
    runner = tsc_runner()
    averaged = EMAHook()
    for hook in sorted([averaged, ClassTemperatureHook(PIPELINE)],
                       key=lambda each: ['VERY_HIGH', 'NORMAL'].index(each.priority)):
        hook.before_run(runner)
    assert averaged.ema_model.module.temperatures.class_temperature.shape == (10, )


def temperatures_of(rank):
    runner = tsc_runner()
    runner.model.eval()
    build_hook(runner, warmup_epochs=0).before_train_epoch(runner)
    return runner.model.temperatures.state_dict()


def test_ranks_have_the_same_temperatures():
    alone, (first, second) = temperatures_of(0), on_two_ranks(temperatures_of)
    for name, value in alone.items():
        assert first[name].equal(second[name])
        torch.testing.assert_close(first[name], value, rtol=1e-5, atol=0)


def test_other_models_are_told():
    for runner in (tsc_runner(dynamic_temperature=False), make_runner('SBCL')):
        with pytest.raises(ValueError, match='finds no temperatures in .* dynamic_temperature=Tru'):
            build_hook(runner)


def test_killed_inside_an_interval(tmp_path):
    config = tmp_path / 'tsc.py'
    config.write_text(CONFIG.replace('ltplug.SBCLMoCo', 'ltplug.SupConMoCo').replace(
        "subclasses=dict(type='ltplug.SubclassClusteringHook",
        "temperatures=dict(type='ltplug.ClassTemperatureHook") +
        f'\nmodel.update({TSC}, dynamic_temperature=True)\n')
    result = train(config, tmp_path / 'whole')
    assert result.returncode == 0, result.stderr
    assert [f'Before epoch {epoch}:' in result.stdout for epoch in range(1, 6)] == [
        False, True, False, True, False]

    killed = train(config, tmp_path / 'killed', before=KILL_IN_AN_INTERVAL)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = train(config, tmp_path / 'killed', '--resume')
    assert resumed.returncode == 0, resumed.stderr
    assert 'Before epoch 3:' not in resumed.stdout and 'Before epoch 4:' in resumed.stdout
    expected, found = (weights(tmp_path / name / 'epoch_5.pth') for name in ('whole', 'killed'))
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].equal(value), name
    raw = load_checkpoint_file(tmp_path / 'killed' / 'epoch_5.pth')['ema_state_dict']
    assert raw['module.temperatures.filled_epoch'] == 3
    assert (raw['module.temperatures.class_temperature'] > 0.2).all()
