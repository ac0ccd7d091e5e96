"""What can be told about a command without running it."""

import argparse
import contextlib
import dataclasses
import io
import json
import re
import runpy
import shlex
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from unittest import mock

from doc_pages import ROOT
from mmengine.registry import Registry

from ltplug import registry
from ltplug.apis.recipes import Recipe, load_recipe
from ltplug.cli.main import COMMANDS, main
from ltplug.engine.schedule_check import find_late_points

from .shell import Command, inside

PLACEHOLDER = re.compile(r'[A-Z_]+(\.py)?')
MAKE_TARGETS = set(re.findall(r'^([a-z-]+):', (ROOT / 'Makefile').read_text(), re.MULTILINE))
_CHECKPOINT = re.compile(r'(?:.*=)?work_dirs/([^/]+)/(?:seed_\d+/)?(?:([^/]+)/)?epoch_(\d+)\.pth')
_CONFIGS = {path.stem: path for path in ROOT.glob('configs/*/*.py')}
_CONFIGS |= {path.stem: path for path in ROOT.glob('tools/experiments/*_recipe.py')}
_ORIGINAL_PARSE = argparse.ArgumentParser.parse_args
_ORIGINAL_REGISTER = Registry._register_module


class _Parsed(BaseException):
    """Carries parsed arguments out of a program, past its handlers of errors."""


def check_python(text: str) -> None:
    """Refuse Python that does not compile, or that names components of ltplug which do not exist.

    Args:
        text (str): The code.

    Raises:
        AssertionError: If something is wrong.
    """
    try:
        compile(text, 'block', 'exec')
    except SyntaxError as error:
        raise AssertionError(f'{error} in\n{text}') from None
    for name in re.findall(r"type='ltplug\.(\w+)'", text):
        assert name in component_names(), f'there is no component ltplug.{name}'


@cache
def component_names() -> frozenset[str]:
    """Return the names of all registered components of ltplug."""
    registries = [each for each in vars(registry).values()
                  if isinstance(each, Registry) and each.scope == registry.SCOPE]
    for each in registries:
        each.import_from_location()
    return frozenset(name for each in registries for name, component in each.module_dict.items()
                     if component.__module__.startswith('ltplug.'))


def check_command(command: Command) -> None:
    """Refuse a command that could not run.

    Args:
        command (Command): What would be called.

    Raises:
        AssertionError: If something is wrong.
    """
    arguments = list(command.arguments)
    if command.name == 'make':
        wrong = [each for each in arguments if '=' not in each and each not in MAKE_TARGETS]
        assert not wrong, f'the Makefile has no target {", ".join(wrong)}'
    elif command.name in ('torchrun', 'srun'):
        script = next(number for number, each in enumerate(arguments) if each.endswith('.py'))
        check_script(arguments[script], arguments[script + 1:], command)
    elif command.name == 'mim':
        for path in (each for each in arguments if each.endswith('.py')):
            assert (command.folder / path).is_file(), f'there is no file {path}'
    elif command.name == 'ltplug':
        _check_console(arguments, command)
    elif command.name.startswith('python'):
        _check_python_call(arguments, command)


def _check_python_call(arguments: list[str], command: Command) -> None:
    while arguments and arguments[0] in ('-u', '-W', '-X'):
        arguments = arguments[1 if arguments[0] == '-u' else 2:]
    if arguments[0] == '-':
        check_python(command.stdin)
    elif arguments[0] == '-c':
        check_python(arguments[1])
    elif arguments[0] != '-m':
        check_script(arguments[0], arguments[1:], command)
    elif arguments[1] == 'ltplug':
        here = [str(command.folder), *command.python_path]
        _check_console(arguments[2:], dataclasses.replace(command, python_path=here))
    elif arguments[1] == 'torch.distributed.run':
        check_command(dataclasses.replace(command, name='torchrun', arguments=arguments[2:]))


def _check_console(arguments: list[str], command: Command) -> None:
    """Check a call of the console command."""
    name = arguments[0] if arguments else '--help'
    if name.startswith('-'):
        return
    assert name in COMMANDS, f'there is no command ltplug {name}'
    for each in arguments:
        _check_checkpoint(each)
    with inside(command.folder), _arguments(command, Path('ltplug'), arguments):
        _check_arguments(_parsed(main, f'ltplug {shlex.join(arguments)}'), name == 'train')


def check_script(script: str, arguments: list[str], command: Command) -> None:
    """Refuse a call of a script with arguments, or files of the repository, that do not exist.

    Args:
        script (str): Its path, relative to the folder of the command.
        arguments (list[str]): What it would get.
        command (Command): The whole command.

    Raises:
        AssertionError: If something is wrong.
    """
    path = command.folder / script
    assert path.is_file(), f'there is no file {script}'
    for each in arguments:
        _check_checkpoint(each)
    if not re.search(r'ArgumentParser|[a-z]_main\(', path.read_text()):
        assert not arguments, f'{script} takes no arguments'
        return
    with inside(command.folder), _arguments(command, path, arguments):
        args = _parsed(lambda: runpy.run_path(str(path), run_name='__main__'),
                       f'{path.name} {shlex.join(arguments)}')
        _check_arguments(args, path.samefile(ROOT / 'tools' / 'train.py'))


def _check_arguments(args: argparse.Namespace | None, is_training: bool) -> None:
    """Refuse configs, overrides, stages and files that do not exist."""
    if args is None:
        return
    if is_training:
        recipe = _check_config(args.config, args.cfg_options, args.pretrain)
        wrong = set(args.stages or ()) - set(recipe.stages if recipe else args.stages or ())
        assert not wrong, f'the recipe has no stage {", ".join(wrong)}'
    elif isinstance(getattr(args, 'config', None), str):
        _check_config(args.config, getattr(args, 'cfg_options', None))
    for each in vars(args).values():
        for value in each if isinstance(each, list) else [each]:
            if isinstance(value, str | Path) and str(value).startswith(('configs/', 'tools/')):
                assert Path(value).exists(), f'there is no file {value}'


@contextlib.contextmanager
def _arguments(command: Command, script: Path, arguments: list[str]) -> Iterator[None]:
    """Let Python look as if a script had been called."""
    folders = [str(script.parent), *command.python_path, *sys.path]
    with mock.patch.object(sys, 'argv', [str(script), *arguments]), \
            mock.patch.object(sys, 'path', folders):
        yield


def _parsed(main: Callable[[], object], told: str) -> argparse.Namespace | None:
    """Call a program until it has parsed its arguments; None where it shows its help."""
    def parse(self, args=None, namespace=None):
        raise _Parsed(_ORIGINAL_PARSE(self, args, namespace))

    def register(self, module, *args, **kwargs):
        if module.__module__.startswith('ltplug.'):  # not those of scripts, which may run twice
            _ORIGINAL_REGISTER(self, module, *args, **kwargs)

    output = io.StringIO()
    try:
        with mock.patch.object(argparse.ArgumentParser, 'parse_args', parse), \
                mock.patch.object(Registry, '_register_module', register), \
                contextlib.redirect_stderr(output), contextlib.redirect_stdout(output):
            main()
    except _Parsed as parsed:
        return parsed.args[0]
    except SystemExit as end:
        assert end.code in (0, None), f'{told}: {output.getvalue()} {end.code}'
        return None
    raise AssertionError(f'{told} has not parsed its arguments')


def _check_config(config: str, options: dict | None, pretrain: str | None = None) -> Recipe | None:
    """Read a config or recipe as ``--dry-run`` does; None where the page names none."""
    if PLACEHOLDER.fullmatch(config):
        return None
    if config.startswith('work_dirs/'):  # mmengine leaves a copy there
        assert Path(config).stem in _CONFIGS, f'there is no config of the name of {config}'
        return None
    try:
        # a name without a file is that of a config that ltplug ships
        path = str(Path(config).resolve()) if Path(config).is_file() else config
        recipe = _read(path, json.dumps(options), pretrain)
    except (ValueError, OSError) as error:
        raise AssertionError(str(error).replace(f'{ROOT}/', '')) from None
    for stage in recipe.stages.values():
        # a trial of two epochs may end before its schedule
        if stage.task is None and stage.config.train_cfg.get('max_epochs', 3) > 2:
            assert not (late := find_late_points(stage.config)), late[0]
    return recipe


@cache
def _read(config: str, options: str, pretrain: str | None) -> Recipe:
    return load_recipe(config, json.loads(options), pretrain=pretrain)


def _check_checkpoint(argument: str) -> None:
    """Refuse an epoch or stage that the config named by a work dir does not have."""
    match = _CHECKPOINT.fullmatch(argument)
    if not match or match[1] not in _CONFIGS:
        return
    recipe = _read(str(_CONFIGS[match[1]]), 'null', None)
    stage = match[2] or next(iter(recipe.stages))
    assert stage in recipe.stages, f'{match[1]} has no stage {stage!r}'
    epochs = recipe.stages[stage].config.train_cfg.max_epochs
    assert int(match[3]) <= epochs, f'{argument}: it is trained for {epochs} epochs'


def run_command(command: Command) -> None:
    """Run a script of the repository, in this process.

    Args:
        command (Command): A call of ``python SCRIPT``.

    Raises:
        AssertionError: If it ends with an error.
    """
    assert command.name.startswith('python'), f'cannot run {command.name}'
    path = command.folder / command.arguments[0]
    output = io.StringIO()
    with inside(command.folder), _arguments(command, path, command.arguments[1:]), \
            contextlib.redirect_stdout(output):
        try:
            runpy.run_path(str(path), run_name='__main__')
        except SystemExit as end:
            assert end.code in (0, None), f'{end.code}\n{output.getvalue()}'
