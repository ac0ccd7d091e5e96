"""What steps ask of a pretended GPU."""

import re

import pytest
import torch

from ltplug.apis.profiling import count_launches
from ltplug.cli.launches import launches_main
from ltplug.engine import step_parts
from ltplug.models.losses import NTXentLoss

from .runs import ROOT

CE = ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'
SIMCLR = ROOT / 'configs/simclr/simclr_cifar-resnet20_60e_digits-lt.py'
SMALL = {'model.backbone.depth': 8}


def test_batches_take_more_operators_and_nothing_waits(tmp_path):
    counts = [count_launches(SIMCLR, tmp_path, {
        **SMALL, 'batched_augmentation': batches,
        'train_dataloader.batch_size': 200}) for batches in (False, True)]  # two steps in an epoch
    images, batches = (count.sections[step_parts.PREPARING] for count in counts)
    assert images < 12 < batches
    for count in counts:
        assert not count.waits and all(upload.non_blocking for upload in count.uploads)
        assert count.total == sum(count.sections.values()) > 60
        assert 0 < count.sections[step_parts.OPTIMIZER] < 8, 'all parameters together'
        assert all(0 < place.count(':') <= 4 and 'stopwatch' not in place
                   for place in count.places if place)
        assert not any(parameter.is_meta for parameter in
                       torch.nn.Linear(2, 2).to('cpu').parameters())


def test_generated_images_are_not_compared_with_test_data(tmp_path):
    named_otherwise = {'test_dataloader.dataset.metainfo': {'classes': list('abcdefghij')}}
    count = count_launches(CE, tmp_path, {**SMALL, **named_otherwise}, generated=1400)
    assert count.total > 60


def test_what_waits_is_named(tmp_path, monkeypatch, capsys):
    forward = NTXentLoss.forward

    def looks(self, *args):
        loss = forward(self, *args)
        assert loss.item() is not None
        return loss + torch.zeros(2).to(loss.device).sum()

    monkeypatch.setattr(NTXentLoss, 'forward', looks)
    launches_main([str(SIMCLR), '--places', '3', '--cfg-options', 'model.backbone.depth=8',
                   'default_hooks.logger.interval=1'])
    printed = capsys.readouterr().out
    assert 'Waits for the GPU: 1 x _local_scalar_dense.default in ltplug.models' in printed
    assert 'Waits for the GPU: a copy of 8 bytes in ltplug.models' in printed
    assert re.search(r'^ *hooks +[1-9]', printed, re.MULTILINE)  # that read losses for the logger
    assert 'forward: backbone' in printed and 'ltplug.models.backbones.cifar_resnet' in printed


def test_a_recipe_is_refused(tmp_path):
    with pytest.raises(ValueError, match='is a recipe'):
        count_launches(ROOT / 'configs/scl/scl_cifar-resnet20_digits-lt_recipe.py', tmp_path)
