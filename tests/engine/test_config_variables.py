"""A variable of a config file that has no effect is told, and one that is used is not."""

import textwrap
from pathlib import Path

import mmpretrain
import pytest
from mmengine.config import Config

from ltplug.engine.config_check import ConfigError, check_config
from ltplug.engine.config_variables import find_unread_variables

CIFAR_CONFIG = (Path(mmpretrain.__file__).parent / '.mim' / 'configs' / 'resnet' /
                'resnet18_8xb16_cifar10.py')


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write text configs into an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def add(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return name

    return add


def test_an_unread_variable_is_told(write):
    file = write('a.py', """
        optim_wraper = dict(optimizer=dict(type='SGD', lr=0.1))
        lr, unused = 0.1, 1
        _private = 1
        model = dict(type='ImageClassifier', init_cfg=lr)
        """)
    assert find_unread_variables(file) == [
        'a.py sets optim_wraper, which nothing reads (did you mean optim_wrapper?)',
        'a.py sets unused, which nothing reads']
    with pytest.raises(ConfigError, match='did you mean optim_wrapper') as error:
        check_config(Config.fromfile(file))
    assert len(str(error.value).splitlines()) == 2


def test_a_variable_may_be_read_by_an_heir(write):
    write('base.py', 'epochs = 3\nscale = 32\nnobody = 1\nmodel = dict(type="ImageClassifier")')
    write('middle.py', '_base_ = ["base.py"]')
    file = write('child.py', """
        _base_ = 'middle.py'
        train_cfg = dict(by_epoch=True, max_epochs=_base_.epochs)
        val_cfg = dict(fp16='{{_base_.scale}}')
        """)
    assert find_unread_variables(file) == ['base.py sets nobody, which nothing reads']
    assert find_unread_variables('middle.py') == [
        f'base.py sets {name}, which nothing reads' for name in ('epochs', 'scale', 'nobody')]


def test_a_variable_that_the_base_has_already_used_is_told(write):
    write('base.py', """
        train_pipeline = [dict(type='PackInputs')]
        dataset = dict(type='CIFAR10', pipeline=train_pipeline)
        train_dataloader = dict(batch_size=4, dataset=dataset)
        model = dict(type='ImageClassifier')
        """)
    file = write('child.py', "_base_ = './base.py'\ntrain_pipeline = [dict(type='Resize')]\n")
    assert find_unread_variables(file) == [
        'child.py sets train_pipeline, which nothing reads: its base has already used its own '
        'value, set train_dataloader.dataset.pipeline instead']
    write('child.py', """
        _base_ = './base.py'
        train_pipeline = [dict(type='Resize')]
        train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
        """)
    assert find_unread_variables(file) == []


def test_bases_inside_mmpretrain_are_read_but_not_blamed(write):
    file = write('mine.py', """
        _base_ = ['mmpretrain::_base_/datasets/cifar10_bs16.py']
        train_pipeline = [dict(type='PackInputs')]
        """)
    (sentence,) = find_unread_variables(file)
    assert sentence.endswith('set train_dataloader.dataset.pipeline instead')


@pytest.mark.parametrize(('option', 'instead'), [
    ('train_pipeline.1.prob', 'override train_dataloader.dataset.pipeline.1.prob instead'),
    ('dataset_type', 'override train_dataloader.dataset.type or val_dataloader.dataset.type or '
                     'test_dataloader.dataset.type instead'),
])
def test_an_override_of_a_helper_variable_is_refused(option, instead):
    options = {option: 0.1}
    cfg = Config.fromfile(CIFAR_CONFIG)
    cfg.merge_from_dict(options)
    with pytest.raises(ConfigError) as error:
        check_config(cfg, options)
    assert str(error.value).startswith(f'{option} cannot be overridden: ')
    assert 'already copied' in str(error.value)
    assert str(error.value).endswith(instead)


def test_a_config_that_a_run_has_dumped_passes(tmp_path):
    cfg = Config.fromfile(CIFAR_CONFIG)
    cfg.work_dir = str(tmp_path)
    cfg.dump(tmp_path / 'dumped.py')
    dumped = Config.fromfile(tmp_path / 'dumped.py')
    assert 'train_pipeline' in dumped
    check_config(dumped)
