import pytest
from mmengine.config import Config

from ltplug.apis import train
from ltplug.apis.config import enable_amp, enable_auto_scale_lr, load_config
from ltplug.engine.checkpoint_io import load_checkpoint_file
from ltplug.engine.config_check import ConfigError

from ..engine.runs import LDAM_DRW, write_config


def without_prefix(node):
    """Write a config as people do who choose ``default_scope='ltplug'``."""
    if isinstance(node, dict):
        return {key: value.removeprefix('ltplug.') if key == 'type' else without_prefix(value)
                for key, value in node.items()}
    return [without_prefix(item) for item in node] if isinstance(node, list) else node


def test_scope_ltplug_needs_no_prefix(tmp_path):
    body = "model = dict(backbone=dict(depth=8))\n" \
           'default_hooks = dict(deferred_reweighting=dict(begin_epoch=0))\n' \
           'train_dataloader = dict(num_workers=0)\nval_dataloader = dict(num_workers=0)\n' \
           'test_dataloader = dict(num_workers=0)\n'
    cfg = Config.fromfile(write_config(tmp_path, body, LDAM_DRW, epochs=1))
    plain = Config(without_prefix(cfg.to_dict()))
    plain.default_scope = 'ltplug'
    for loader in (plain.train_dataloader, plain.val_dataloader, plain.test_dataloader):
        loader.collate_fn.type = 'ltplug.collate_samples'  # mmengine looks it up without a scope
    assert plain.model.backbone.type == 'CIFARResNet'
    results = train(plain, tmp_path / 'plain')
    expected = train(cfg, tmp_path / 'prefixed')
    assert results['metrics'] == expected['metrics']


def test_a_hook_can_be_switched_off():
    cfg = load_config(LDAM_DRW, {'default_hooks.run_summary': None, 'default_hooks.logger': None})
    assert 'run_summary' not in cfg.default_hooks
    assert cfg.default_hooks.logger is None, 'mmengine itself understands this one'


def test_overrides_that_do_not_fit():
    with pytest.raises(ConfigError, match=r'param_scheduler.1.milestones.0=3 does not fit'):
        load_config(LDAM_DRW, {'param_scheduler.1.milestones.0': 3})


def test_amp_does_not_replace_another_wrapper():
    cfg = load_config(LDAM_DRW)
    cfg.optim_wrapper.type = 'ApexOptimWrapper'
    with pytest.raises(ValueError, match='would replace the optim_wrapper ApexOptimWrapper'):
        enable_amp(cfg)


def test_the_learning_rate_is_fitted_to_the_batch_when_asked_to(tmp_path):
    body = "model = dict(backbone=dict(depth=8))\nparam_scheduler = None\n" \
           'train_dataloader = dict(num_workers=0, batch_size=8)\n' \
           'optim_wrapper = dict(optimizer=dict(lr=0.1))\ntest_dataloader = None\n' \
           'test_cfg = None\ntest_evaluator = None'
    config = tmp_path / 'config.py'
    config.write_text(f"_base_ = ['{LDAM_DRW}']\n{body}\ntrain_cfg = dict(max_epochs=1)\n")
    rates = []
    for name, fitted in (('as_given', False), ('fitted', True)):
        train(config, tmp_path / name, validate=False, auto_scale_lr=fitted)
        checkpoint = load_checkpoint_file(tmp_path / name / 'epoch_1.pth')
        rates.append(checkpoint['optimizer']['param_groups'][0]['lr'])
    assert rates == pytest.approx([0.1, 0.1 * 8 / 32])
    cfg = load_config(LDAM_DRW)
    cfg.auto_scale_lr = dict(enable=False)
    with pytest.raises(ValueError, match='set auto_scale_lr=dict\\(base_batch_size=N\\)'):
        enable_auto_scale_lr(cfg)


def test_a_recipe_is_not_trained_as_if_it_were_a_stage():
    with pytest.raises(ConfigError, match='is a recipe'):
        load_config(Config(dict(stages=[dict(config='nowhere.py')])))
