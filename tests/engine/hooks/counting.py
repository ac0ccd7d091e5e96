"""Runs whose classes are counted."""

from types import SimpleNamespace
from unittest.mock import Mock

from mmengine.config import Config
from mmengine.runner import EpochBasedTrainLoop

from ltplug.apis.config import adapt_to_machine
from ltplug.apis.runner import build_runner
from ltplug.datasets import Digits
from ltplug.engine import ClassCountsHook

from ..runs import LDAM_DRW, write_config

COUNTS = [134, 86, 56, 36, 23, 15, 9, 6, 4, 2]


def config(folder, body='', epochs=2):
    body = 'model = dict(backbone=dict(depth=8))\n' \
           'default_hooks = dict(deferred_reweighting=dict(begin_epoch=1))\n' + body
    cfg = Config.fromfile(write_config(folder, body, LDAM_DRW, epochs))
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.num_workers = 0
    return cfg


def hook_of(cfg, folder):
    """Return the hook of a run that is about to train, and the run."""
    cfg.work_dir = str(folder / 'run')
    adapt_to_machine(cfg)
    runner = build_runner(cfg)
    runner._train_loop, runner._val_loop = runner.train_loop, runner.val_loop
    runner.call_hook('before_run')
    hook = next(hook for hook in runner.hooks if isinstance(hook, ClassCountsHook))
    return hook, runner


def digits_runner(model, kind=Digits):
    """Return what the hook sees of a training on digits."""
    return SimpleNamespace(
        _train_loop=Mock(spec=EpochBasedTrainLoop), model=model, hooks=[],
        train_dataloader=SimpleNamespace(dataset=kind(size=8)))
