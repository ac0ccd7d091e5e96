import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ltplug.apis import test as run_test
from ltplug.apis import train
from ltplug.apis.config import enable_amp, load_config
from ltplug.apis.recipes import load_recipe
from ltplug.apis.runner import SwitchedRunner, build_runner
from ltplug.apis.switches import apply_switches, check_switches, choose_loop
from ltplug.engine import ContinuousTrainLoop
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.config_check import ConfigError
from tests.apis.captured import small
from tests.engine.runs import LDAM_DRW, ROOT

RECIPE = ROOT / 'configs/tau_norm/tau-norm_cifar-resnet20_digits-lt_recipe.py'


@pytest.mark.parametrize(('options', 'sentence'), [
    ({'precision': 'half'}, "precision must be one of fp32, bf16, fp16, got 'half'"),
    ({'precision': 16}, 'precision must be one of fp32, bf16, fp16, got 16'),
    ({'channels_last': 'yes'}, "channels_last must be True or False, got 'yes'"),
    ({'checkpoint_activations': 1}, 'checkpoint_activations must be True or False, got 1'),
    ({'compile_backbone': 'inductor'}, 'must be True, False or hold arguments of torch.compile'),
    ({'compile_backbone.bakend': 'eager'}, 'compile_backbone.bakend is taken by nothing'),
    ({'precison': 'bf16'}, r'precison is taken by nothing.*did you mean precision\?'),
    ({'optim_wrapper.accumulative_counts': 0}, 'a number of batches, at least 1, got 0'),
    ({'optim_wrapper.accumulative_counts': 1.5}, 'a number of batches, at least 1, got 1.5'),
    ({'precision': 'bf16', 'optim_wrapper.type': 'ApexOptimWrapper'},
     'precision would replace the optim_wrapper ApexOptimWrapper'),
    ({'optim_wrapper.accumulative_counts': 2, 'optim_wrapper.type': 'ApexOptimWrapper'},
     'accumulative_counts would replace the optim_wrapper ApexOptimWrapper'),
    ({'channels_last': True, 'runner_type': 'FlexibleRunner'}, 'channels_last is for the plain'),
    ({'compile': True, 'compile_backbone': True}, 'compile_backbone does not go with compile'),
    ({'checkpoint_activations': True, 'compile_backbone': True},
     'checkpoint_activations does not go with compile_backbone'),
    ({'checkpoint_activations': True, 'activation_checkpointing': ['backbone']},
     'does not go with activation_checkpointing'),
])
def test_what_makes_no_sense_is_refused(options, sentence):
    with pytest.raises(ConfigError, match=sentence):
        load_config(LDAM_DRW, options)


@pytest.mark.parametrize('key', ['channels_last', 'checkpoint_activations', 'compile_backbone'])
def test_switches_of_networks_need_one(key):
    cfg = Config(dict(model=dict(type='RandomModel'), **{key: True}))
    with pytest.raises(ConfigError, match=f'{key} is about the backbone .* none'):
        check_switches(cfg)
    with pytest.raises(ConfigError, match='precision is that of a training'):
        check_switches(Config(dict(precision='bf16')))


def wrapper_after(**optim_wrapper):
    precision = optim_wrapper.pop('precision', None)
    cfg = Config(dict(optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1), **optim_wrapper),
                      **({} if precision is None else dict(precision=precision))))
    check_switches(cfg)
    apply_switches(cfg)
    wrapper = cfg.optim_wrapper.to_dict()
    del wrapper['optimizer']
    return wrapper, 'accumulation' in (cfg.get('default_hooks') or {})


FULL, MIXED = 'ltplug.EpochwiseOptimWrapper', 'ltplug.MixedPrecisionOptimWrapper'


@pytest.mark.parametrize(('before', 'after', 'has_hook'), [
    (dict(), dict(), False),
    (dict(accumulative_counts=1), dict(accumulative_counts=1), False),
    (dict(type='AmpOptimWrapper', loss_scale=64.0),
     dict(type='AmpOptimWrapper', loss_scale=64.0), False),
    (dict(precision='fp32', clip_grad=dict(max_norm=1.0)),
     dict(type=FULL, clip_grad=dict(max_norm=1.0)), False),
    (dict(precision='bf16'), dict(type=MIXED, dtype='bf16', use_fsdp=False), False),
    (dict(precision='bf16', type='AmpOptimWrapper', dtype='float16'),
     dict(type=MIXED, dtype='bf16', use_fsdp=False), False),
    (dict(precision='fp32', type='AmpOptimWrapper', loss_scale='dynamic'), dict(type=FULL), False),
    (dict(accumulative_counts=4), dict(type=FULL, accumulative_counts=4), True),
    (dict(accumulative_counts=4, type='AmpOptimWrapper', dtype='bfloat16'),
     dict(type=MIXED, dtype='bf16', use_fsdp=False, accumulative_counts=4), True),
    (dict(accumulative_counts=4, type=MIXED),
     dict(type=MIXED, dtype='bf16', use_fsdp=False, accumulative_counts=4), True),
])
def test_what_becomes_of_an_optim_wrapper(before, after, has_hook):
    assert wrapper_after(**before) == (after, has_hook)


def test_amp_leaves_a_chosen_precision_alone():
    chosen = load_config(LDAM_DRW, {'precision': 'fp32'})
    enable_amp(chosen)
    assert chosen.precision == 'fp32'
    wrapped = load_config(LDAM_DRW, {'optim_wrapper.type': MIXED})
    enable_amp(wrapped)
    assert 'precision' not in wrapped
    plain = load_config(LDAM_DRW)
    enable_amp(plain)
    assert plain.precision == ('fp16' if torch.cuda.is_available() else 'bf16')


@pytest.mark.skipif(torch.cuda.is_available(), reason='A GPU can.')
def test_float16_is_refused_where_it_is_slow_but_its_runs_can_be_tested(tmp_path):
    cfg = load_config(LDAM_DRW, {'precision': 'fp16'})
    with pytest.raises(ConfigError, match='float16 needs a GPU'):
        train(cfg, tmp_path)
    assert not any(tmp_path.iterdir())


def test_stages_have_switches_of_their_own_and_tasks_none():
    recipe = load_recipe(ROOT / 'configs/scl/scl_cifar-resnet20_digits-lt_recipe.py',
                         {'features.precision': 'bf16', 'features.channels_last': True})
    features, *others = recipe.stages.values()
    assert features.config.precision == 'bf16' and features.config.channels_last
    assert all('precision' not in stage.config for stage in others)
    task = next(stage.name for stage in load_recipe(RECIPE).stages.values() if stage.task)
    for key in ('precision', 'channels_last', 'compile_backbone.backend'):
        with pytest.raises(ConfigError, match=f'{key} is a switch of trainings'):
            load_recipe(RECIPE, {f'{task}.{key}': 'bf16'})


@pytest.mark.parametrize(('scope', 'before', 'chosen'), [
    ('mmpretrain', dict(by_epoch=True), True),
    ('ltplug', dict(by_epoch=True), True),
    ('mmengine', dict(by_epoch=True), False),
    ('mmpretrain', dict(by_epoch=False), False),
    ('mmpretrain', dict(type='EpochBasedTrainLoop'), False),
])
def test_trainings_by_epochs_get_the_loop_that_loads_ahead(scope, before, chosen):
    cfg = Config(dict(default_scope=scope, train_cfg=dict(before, max_epochs=3)))
    choose_loop(cfg)
    loop = cfg.train_cfg.to_dict()
    assert loop.pop('max_epochs') == 3
    assert loop == (dict(type='ltplug.ContinuousTrainLoop') if chosen else before)


def test_a_runner_has_the_loop_that_loads_ahead(tmp_path):
    assert type(build_runner(small(LDAM_DRW, tmp_path)).train_loop) is ContinuousTrainLoop


def first_weights(tmp_path, **options):
    runner = build_runner(small(LDAM_DRW, tmp_path, **options))
    runner._init_model_weights()
    return runner, runner.model.state_dict()


def test_a_layout_does_not_change_what_a_seed_gives(tmp_path):
    plain, expected = first_weights(tmp_path)
    other, found = first_weights(tmp_path, channels_last=True)
    assert type(plain) is Runner and type(other) is SwitchedRunner
    assert found.keys() == expected.keys()
    assert all(found[key].equal(value) for key, value in expected.items())
    weight = other.model.backbone.layer1[0].conv1.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_a_training_with_all_switches_leaves_what_a_plain_test_loads(tmp_path):
    torch._dynamo.reset()
    cfg = small(LDAM_DRW, tmp_path, precision='bf16', channels_last=True,
                compile_backbone=dict(backend='eager'), optim_wrapper=dict(accumulative_counts=2))
    cfg.log_level = 'INFO'
    results = train(cfg, tmp_path)
    saved = load_checkpoint_file(results['checkpoint'])
    _, weights = first_weights(tmp_path / 'plain')
    assert saved['state_dict'].keys() == weights.keys()
    assert all(value.dtype is weights[key].dtype for key, value in saved['state_dict'].items())
    again = run_test(small(LDAM_DRW, tmp_path), results['checkpoint'], tmp_path / 'again')
    assert again['metrics'] == results['metrics']
    log = next(tmp_path.glob('*/*.log')).read_text()
    assert 'Precision: bfloat16' in log
