from types import SimpleNamespace

import pytest
import torch
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from torch import nn

from ltplug.engine import PruningMaskHook
from tests.models.methods.small import PARTS, build
from tests.models.methods.test_sdclr import GROUP_NORM_TRUNK, NECK, TRUNK


def make_runner(model, loop=EpochBasedTrainLoop):
    return SimpleNamespace(model=model, train_loop=object.__new__(loop), epoch=0)


def test_masks_follow_the_weights_of_every_epoch():
    model = build('SDCLR', backbone=GROUP_NORM_TRUNK, neck=PARTS['neck'])
    runner, hook, masks = make_runner(model), PruningMaskHook(), []
    hook.before_train(runner)
    for runner.epoch in range(2):
        hook.before_train_epoch(runner)
        masks.append(model.backbone.conv1.mask.clone())
        with torch.no_grad():
            model.backbone.conv1.weight.normal_()
    assert not masks[0].equal(masks[1])


def test_wrong_runs_are_told():
    model = build('SDCLR', backbone=TRUNK, neck=NECK)
    with pytest.raises(ValueError, match='train with train_cfg=dict\\(by_epoch=True'):
        PruningMaskHook().before_train(make_runner(model, IterBasedTrainLoop))
    with pytest.raises(ValueError, match='use a model of type ltplug.SDCLR'):
        PruningMaskHook().before_train(make_runner(build('SimCLR')))
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    with pytest.raises(ValueError, match='is a plain batch norm.*DualSyncBN'):
        PruningMaskHook().before_train(make_runner(converted))
