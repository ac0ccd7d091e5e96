"""Profiles of short trainings."""

import json
import multiprocessing
import subprocess
import sys
import time

import pytest
import torch

from ltplug.apis.profiling import profile
from ltplug.cli.profiling import profile_main
from ltplug.engine import step_parts
from ltplug.models.utils import MemoryQueue

from .runs import ROOT, run

SBCL = ROOT / 'configs/sbcl/sbcl_cifar-resnet20_100e_digits-lt.py'
DSCL = ROOT / 'configs/dscl/dscl-pbsd_cifar-resnet20_100e_digits-lt.py'
SIMCLR = ROOT / 'configs/simclr/simclr_cifar-resnet20_60e_digits-lt.py'
SMALL = {'model.backbone.depth': 8, 'train_dataloader.num_workers': 0}


def test_parts_add_up_and_slow_ones_show(tmp_path, monkeypatch):
    enqueue = MemoryQueue.enqueue

    def slowly(self, *args):
        time.sleep(0.02)
        enqueue(self, *args)

    monkeypatch.setattr(MemoryQueue, 'enqueue', slowly)
    result, facts = profile(DSCL, tmp_path, steps=6, warmup=1, cfg_options=SMALL)
    assert result.sections[step_parts.QUEUE] >= 0.02
    for name in (step_parts.LOADING, step_parts.BACKBONE, step_parts.BACKWARD,
                 step_parts.OPTIMIZER, step_parts.AVERAGES):
        assert 0 < result.share(name) < 1, name
    assert result.share(*result.sections) == pytest.approx(1)
    assert sum(result.sections.values()) == pytest.approx(result.step_seconds, rel=0.7)
    assert result.images_per_second * result.step_seconds == pytest.approx(
        facts['batch_size'], rel=0.3)  # the last batch of an epoch is smaller
    assert facts['device'] == 'CPU' or torch.cuda.is_available()


def test_loading_processes_run_on_beyond_the_last_epoch(tmp_path):
    before = set(multiprocessing.active_children())
    result, facts = profile(SIMCLR, tmp_path, steps=8, warmup=1, cfg_options={
        'model.backbone.depth': 8, 'param_scheduler': None,
        'train_cfg.max_epochs': 1})  # of 6 steps
    assert facts['workers'] == 2 and 0 < result.share(step_parts.LOADING) < 1
    assert not set(multiprocessing.active_children()) - before


def test_clustering_counts_by_its_interval(tmp_path, monkeypatch):
    shares = {}
    for interval in (1, 10):
        result, _ = profile(SBCL, tmp_path / str(interval), steps=4, warmup=1, cfg_options={
            **SMALL, 'default_hooks.subclasses.interval': interval})
        shares[interval] = result.sections[step_parts.CLUSTERING]
    assert 0 < shares[10] < shares[1] / 2


def test_the_command_prints_and_writes(tmp_path, capsys):
    out = tmp_path / 'profile.json'
    profile_main([str(ROOT / 'configs/ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py'),
                  '--generated', '500', '--steps', '2', '--warmup', '1', '--out', str(out),
                  '--cfg-options', 'model.backbone.depth=8', 'train_dataloader.num_workers=0',
                  'train_dataloader.dataset.imbalance_ratio=10', 'train_dataloader.batch_size=16'])
    printed = capsys.readouterr().out
    assert 'backward' in printed and 'images/s' in printed
    assert json.loads(out.read_text())['batch_size'] == 16


def test_a_recipe_is_refused(tmp_path):
    with pytest.raises(SystemExit, match='is a recipe'):
        profile_main([str(ROOT / 'configs/dscl/dscl_cifar-resnet20_digits-lt_recipe.py')])


def test_the_scripts_beside_it_keep_the_module_profile_of_python():
    done = run([sys.executable, '-c', 'import sys; sys.path.insert(0, "tools/analysis")\n'
                'import cProfile, profile; print(profile.Profile.__module__)'])
    assert isinstance(done, subprocess.CompletedProcess) and done.returncode == 0, done.stderr
    assert done.stdout.strip() == 'profile'
    assert 'usage: profile.py' in run([sys.executable, 'tools/analysis/profile.py', '-h']).stdout
