"""What a run needs late is tried early."""

import re
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import torch
from mmengine.runner import ValLoop
from mmpretrain.models import ImageClassifier, ImageToImageRetriever

import ltplug.apis as lt
from ltplug.apis.trial import try_batches
from ltplug.engine.config_check import ConfigError
from ltplug.evaluation import GroupAccuracy

from .recipes.recipes import SHORT, write_recipe


@pytest.fixture
def config(tmp_path):
    (tmp_path / 'short.py').write_text(SHORT)
    return tmp_path / 'short.py'


@pytest.mark.parametrize(('options', 'sentence'), [
    ({'val_evaluator.groups': 'shots'}, "groups .*'shots'"),
    ({'test_evaluator.groups': 'shots'}, "groups .*'shots'"),
    ({'load_from': 'nothing.pth'}, r'load_from names nothing.pth, which does not exist in /'),
    ({'data_preprocessor.mean': [1, 2]}, 'The loss of some training images cannot be computed'),
    ({'model.head.in_channels': 65}, 'loss of some .*x64 and 65x10'),
    ({'val_dataloader.dataset.pipeline.0.type': 'Resize',
      'val_dataloader.dataset.pipeline.0.scale': 1}, 'prediction of two images of val_dataloader'),
    ({'default_hooks.checkpoint.interval': 'abc'}, "checkpoint.interval must be an integer, got '"),
    ({'log_level': 'LOUD'}, "log_level must be one of DEBUG, INFO, .*, got 'LOUD'"),
])
def test_a_dry_run_finds_it(config, tmp_path, options, sentence):
    with pytest.raises(ConfigError, match=sentence):
        lt.run(config, tmp_path / 'run', cfg_options=options, dry_run=True)
    assert not (tmp_path / 'run').exists()


def test_a_dry_run_finds_it_in_a_stage(tmp_path):
    with pytest.raises(ConfigError, match="Stage 'classifier': .*groups .*'shots'"):
        lt.run(write_recipe(tmp_path), tmp_path / 'run', dry_run=True,
               cfg_options={'classifier.val_evaluator.groups': 'shots'})


def folder_of(part, path='nowhere'):
    return f'{part}_dataloader = dict(dataset=dict(_delete_=True, type="CustomDataset", ' \
           f'data_root="{path}", with_label=True, pipeline=[]))\n'


@pytest.mark.parametrize('part', ['train', 'val', 'test'])
def test_a_dry_run_without_the_data_fails(config, tmp_path, part):
    config.write_text(SHORT.replace(f'{part}_dataloader = dict(num_workers=0)', folder_of(part)))
    with pytest.raises(FileNotFoundError, match="Data of stage 'training' are missing: .*nowhere"):
        lt.run(config, tmp_path / 'run', dry_run=True)


def test_a_dry_run_without_data_that_would_be_fetched_succeeds(config, tmp_path, capsys):
    svhn = 'dict(_delete_=True, type="ltplug.SVHN", data_root="nowhere", split="train", ' \
           'pipeline=[dict(type="PackInputs")])'
    config.write_text(SHORT.replace('train_dataloader = dict(num_workers=0',
                                    f'train_dataloader = dict(num_workers=0, dataset={svhn}'))
    lt.run(config, tmp_path / 'run', dry_run=True)
    assert 'data would be fetched' in ' '.join(capsys.readouterr().out.split())
    with pytest.raises(FileNotFoundError):
        lt.run(config, tmp_path / 'run', dry_run=True,
               cfg_options={'train_dataloader.dataset.download': False})


@pytest.mark.parametrize(('arguments', 'sentence'), [
    (dict(cfg_options=['a=1']), r"cfg_options must be a dict as .*, got \['a=1'\]"),
    (dict(seeds=3), 'seeds must be a list as .* one seed alone is seed, got 3'),
    (dict(stages='training'), 'this config has no stages'),
])
def test_arguments_of_another_kind_are_told(config, tmp_path, arguments, sentence):
    with pytest.raises(ConfigError, match=sentence):
        lt.run(config, tmp_path / 'run', **arguments)
    with pytest.raises(ConfigError, match="config must be a file, a name or mmengine's Config"):
        lt.run(dict(model=None), tmp_path / 'run')
    with pytest.raises(FileNotFoundError, match='holds no checkpoint that loads'):
        lt.run(config, tmp_path / 'run', resume=True)


@pytest.mark.parametrize('body', ['', 'deterministic=False'])
def test_a_config_need_not_name_a_seed(config, tmp_path, body):
    config.write_text(f'{SHORT}\nrandomness = dict(_delete_=True, {body})')
    lt.run(config, tmp_path / 'run', dry_run=True)


def test_a_dry_run_leaves_random_streams_alone(config, tmp_path):
    torch.manual_seed(123)
    before = torch.random.get_rng_state()
    lt.run(config, tmp_path / 'run', dry_run=True)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(('options', 'error', 'sentence'), [
    ({'test_evaluator.groups': 'shots'}, ValueError, "groups .*'shots'"),
    ({'load_from': 'nothing.pth'}, ConfigError, 'load_from names nothing.pth, which does not'),
])
def test_a_training_finds_it_before_it_begins(config, tmp_path, options, error, sentence):
    with pytest.raises(error, match=sentence):
        lt.train(config, tmp_path / 'run', cfg_options=options)
    assert not list((tmp_path / 'run').glob('*.pth'))


@pytest.mark.parametrize(('options', 'sentence'), [
    ({'model.head.in_channels': 65}, 'of two images of val_dataloader cannot .*x64 and 65x10'),
    ({'model.head.in_channels': 65, 'val_cfg': None, 'val_dataloader': None, 'val_evaluator': None,
      'test_cfg': None, 'test_dataloader': None, 'test_evaluator': None},
     'The loss of the first training images cannot be computed .*x64 and 65x10.*: compare the sha'),
    ({'test_dataloader.dataset.pipeline.0.type': 'Resize',
      'test_dataloader.dataset.pipeline.0.scale': 1}, 'prediction of two images of test_dataload'),
])
def test_a_training_finds_at_its_first_images_what_a_dry_run_finds(config, tmp_path, options,
                                                                   sentence):
    with pytest.raises(ConfigError, match=sentence):
        lt.train(config, tmp_path / 'run', cfg_options=options)
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_images_that_were_tried_do_not_count_in_the_validation(config, tmp_path, monkeypatch):
    counted = []
    original = GroupAccuracy.evaluate

    def evaluate(self, size):
        counted.append((len(self.results), size))
        return original(self, size)

    monkeypatch.setattr(GroupAccuracy, 'evaluate', evaluate)
    lt.train(config, tmp_path / 'run', cfg_options={'train_cfg.max_epochs': 1})
    assert counted == [(400, 400)] * 2


def test_a_training_finds_missing_test_data_before_it_begins(config, tmp_path):
    config.write_text(SHORT.replace('test_dataloader = dict(num_workers=0)', folder_of('test')))
    with pytest.raises(FileNotFoundError, match='nowhere'):
        lt.train(config, tmp_path / 'run')
    assert not list((tmp_path / 'run').glob('*.pth'))


def test_data_of_validation_are_not_read_again_for_the_test(config, tmp_path, monkeypatch):
    from ltplug.datasets import Digits
    read = []
    original = Digits.load_data_list

    def load(self):
        read.append(self.split)
        return original(self)

    monkeypatch.setattr(Digits, 'load_data_list', load)
    lt.run(config, tmp_path / 'run', dry_run=True)
    assert sorted(read) == ['test', 'train']


def test_weights_to_start_from_are_compared(config, tmp_path):
    torch.save({'state_dict': {'backbone.conv1.weight': torch.zeros(3)}}, tmp_path / 'odd.pth')
    with pytest.raises(ConfigError, match=re.escape('comes from another architecture')):
        lt.run(config, tmp_path / 'run', dry_run=True,
               cfg_options={'load_from': str(tmp_path / 'odd.pth')})


@pytest.mark.parametrize('name', [
    'sdclr/sdclr_cifar-resnet20_60e_digits-lt',  # masks of a hook
    'fassl/fassl_cifar-resnet20_20e_digits-lt',  # a teacher of a hook
    'moco/moco_cifar-resnet20_60e_digits-lt',  # a queue that takes whole batches
    'cbs_rrs/cbs-rrs_cifar-resnet20_60e_digits-lt',  # batches of two parts
    'self_training/self-training-ce_cifar-resnet20_digits-lt_recipe',  # labels of a stage
])
def test_methods_with_wishes_of_their_own_can_be_tried(configs, tmp_path, name, capsys):
    alone = {} if name.endswith('recipe') else {'default_hooks.checkpoint_fit.parts': None}
    lt.run(configs / f'{name}.py', tmp_path / 'run', dry_run=True, cfg_options=alone)
    assert 'can be built' in ' '.join(capsys.readouterr().out.split())


@pytest.mark.parametrize(('model', 'predicts'), [
    (ImageClassifier, True), (ImageToImageRetriever, False)])
def test_prototypes_of_retrieval_are_not_made_of_untrained_features(model, predicts):
    loader = Mock(dataset=[0, 1, 2])
    runner = SimpleNamespace(model=Mock(spec=model), hooks=[],
                             _val_loop=Mock(spec=ValLoop, dataloader=loader))
    try_batches(runner, trains=False)
    assert runner.model.test_step.called is predicts
