"""The command ``ltplug`` does what the scripts of ``tools/`` do, from any folder."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ltplug import compat
from ltplug.cli.main import COMMANDS, main
from ltplug.version import __version__
from ltplug.zoo import list_configs, shipped_configs

NAME = 'ldam-drw_cifar-resnet20_60e_digits-lt'
RECIPE = 'crt_cifar-resnet20_digits-lt_recipe'
SHORT = ['--cfg-options', 'train_cfg.max_epochs=1', 'model.backbone.depth=8',
         'param_scheduler=None', 'train_dataloader.num_workers=0', 'test_dataloader.num_workers=0',
         'default_hooks.deferred_reweighting=None']


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def fails(*arguments: str) -> str:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert isinstance(stop.value.code, str) and stop.value.code.startswith('Error: ')
    return stop.value.code


def test_help_needs_no_heavy_import():
    code = ('import sys; sys.argv = ["/usr/bin/ltplug", "--help"]\n'
            'from ltplug.cli.main import main; main()\n'
            'print(sorted({"torch", "mmengine", "numpy", "rich"} & set(sys.modules)))')
    shown = subprocess.run([sys.executable, '-c', code], check=True, timeout=60, text=True,
                           capture_output=True).stdout
    assert shown.endswith('[]\n')
    assert all(f'\n  {name} ' in shown for name in COMMANDS)


@pytest.mark.parametrize('name', COMMANDS)
def test_every_command_has_help_under_its_name(name, capsys):
    before = sys.argv
    with pytest.raises(SystemExit) as stop:
        main([name, '--help'])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f'usage: ltplug {name} ')
    assert sys.argv is before


def test_every_script_is_a_command(configs):
    tools = configs.parent / 'tools'
    scripts = [path for folder in ('.', 'data', 'analysis', 'model_converters')
               for path in tools.joinpath(folder).glob('*.py')
               if not path.stem.startswith('benchmark_')]
    assert {path.stem.replace('_', '-') for path in scripts} <= set(COMMANDS)


def test_version_and_no_command(capsys):
    main(['--version'])
    assert capsys.readouterr().out == f'ltplug {__version__}\n'
    main([])
    assert capsys.readouterr().out.startswith('usage: ltplug COMMAND')


def test_an_unknown_command_gets_one_sentence():
    assert "no command 'trian' (did you mean train?)" in fails('trian')
    assert 'did you mean' not in fails('xyz')


def test_a_broken_environment_gets_one_sentence(monkeypatch, capsys):
    monkeypatch.setattr(compat, 'installed_version', lambda name: None)
    told = fails('train', NAME)
    assert 'ltplug cannot be used here. torch is not installed' in told
    main(['list', '--names'])
    assert NAME in capsys.readouterr().out.splitlines()


def test_an_unknown_config_gets_one_sentence():
    assert f'did you mean {NAME}' in fails('train', f'{NAME}s')
    assert f'did you mean {RECIPE}' in fails('train', RECIPE.replace('crt', 'ctr'))


def test_a_shipped_config_is_trained_and_tested_by_name(capsys):
    main(['train', NAME, *SHORT])
    checkpoint = str(Path('work_dirs') / NAME / 'epoch_1.pth')
    main(['test', f'{NAME}.py', checkpoint, '--work-dir', 'again', *SHORT])
    assert 'Accuracy by class frequency' in capsys.readouterr().out
    first, again = (json.loads(Path(folder, 'results.json').read_text())
                    for folder in (f'work_dirs/{NAME}/test', 'again'))
    assert first['metrics'] == again['metrics']


def test_a_shipped_recipe_is_planned_by_name(capsys):
    main(['train', RECIPE, '--dry-run'])
    shown = capsys.readouterr().out
    assert 'features' in shown and f'work_dirs/{RECIPE}' in shown
    assert not Path('work_dirs').exists()


def test_the_list(capsys):
    main(['list'])
    shown = capsys.readouterr().out
    assert all(config.folder in shown and config.dataset in shown for config in shipped_configs())
    main(['list', 'ldam', '--dataset', 'digits'])
    shown = capsys.readouterr().out
    names = [line.split()[0] for line in shown.splitlines() if 'digits-lt' in line]
    assert names == list_configs('ldam', dataset='digits')
    main(['list', '--method', 'crt', '--recipes', '--names'])
    assert capsys.readouterr().out.splitlines() == list_configs(method='crt', recipes=True)
    main(['list', '--no-recipes', '--names'])
    assert capsys.readouterr().out.splitlines() == list_configs(recipes=False)
    assert 'ships no such config' in fails('list', 'nothing-like-this')


def test_quickstart(monkeypatch, configs):
    called = []
    monkeypatch.setattr('ltplug.apis.quickstart.quickstart', lambda *args: called.append(args))
    main(['quickstart', '--work-dir', 'mine'])
    assert called == [(configs, 'mine')]
