"""Config and checkpoint of what a run has left in its folder."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ltplug.engine.checkpoint_io import find_resumable
from ltplug.engine.models import CHECKPOINT_FILE
from ltplug.reports.run_files import RESULTS_FILE, RUN_FILE, TEST_FOLDER, read_json
from ltplug.utils import sought_in

from .recipes.stage_runner import TASK_CONFIG_FILE
from .recipes.stages import CHECKPOINT
from .recipes.state import STATE_FILE

_DUMPED = re.compile(r'\d{8}_\d{6}\.py')  # mmengine's, of every start


def find_trained(path: str | Path, stage: str | None = None) -> tuple[Path, Path]:
    """Return config and checkpoint of a finished run.

    Args:
        path (str or Path): The folder of a training, a recipe or a stage; or a checkpoint in such
            a folder, or one with its config beside it, as ``publish`` writes them.
        stage (str, optional): Stage of a recipe. Defaults to the last one that makes a model.

    Returns:
        tuple[Path, Path]: Both files. Of a training the checkpoint that its table reports.

    Raises:
        FileNotFoundError: If there is no such folder, or no config or checkpoint in it.
        ValueError: If there are several runs, the recipe is not finished, or has no such stage.
    """
    path = Path(path).expanduser()
    if path.is_file() and stage is None:
        beside = path.with_suffix('.py')
        return (beside if beside.is_file() else _config_in(path.parent)), path
    if not path.is_dir():
        raise FileNotFoundError(f'There is no work dir or checkpoint {path}{sought_in(path)}; with '
                                'a config, give the checkpoint too.')
    state = read_json(path / STATE_FILE)
    if 'stages' in state:
        return _of_recipe(path, state, stage)
    if stage is not None:
        raise ValueError(f'{path} is not the work dir of a recipe: leave stage={stage!r} out.')
    seeds = sorted(path.glob('seed_*/'))
    if seeds and not (path / RUN_FILE).is_file():
        raise ValueError(f'{path} holds runs of {len(seeds)} seeds: name one, such as {seeds[0]}.')
    return _config_in(path), _checkpoint_in(path)


def _of_recipe(path: Path, state: dict[str, Any], stage: str | None) -> tuple[Path, Path]:
    records = state['stages']
    names = state.get('names') or list(records)
    made = [name for name in names if CHECKPOINT in records.get(name, {}).get('files', {})]
    if stage is None:
        if records.get(names[-1], {}).get('status') not in ('trained', 'done'):
            named = f'; or name another stage: {", ".join(made)}' if made else ''
            raise ValueError(f'Stage {names[-1]!r} of {path} is not finished: continue it with '
                             f'tools/train.py and --resume{named}.')
        stage = made[-1] if made else names[-1]
    if stage not in made:
        raise ValueError(f'{path} has no model of a stage {stage!r}, only of '
                         f'{", ".join(made) or "none"}.')
    # the only stage of a plain config lies in the work dir itself
    folder = path / stage if (path / stage).is_dir() else path
    return _config_in(folder), path / records[stage]['files'][CHECKPOINT]


def _config_in(folder: Path) -> Path:
    """Return the config of the run in a folder, which is written when the run begins."""
    named = read_json(folder / RUN_FILE).get('config')
    own = [path for path in folder.glob('*.py') if not _DUMPED.fullmatch(path.name)]
    candidates = [folder / Path(named).name] if named else []
    candidates += [folder / TASK_CONFIG_FILE, *(own if len(own) == 1 else ())]
    candidates += [*_dumped(folder), *_dumped(folder / TEST_FOLDER)]
    for path in candidates:
        if path.is_file():
            return path
    raise FileNotFoundError(f'There is no config in {folder}: give config and checkpoint.')


def _dumped(folder: Path) -> Iterable[Path]:
    """Yield the configs that mmengine has written, the newest first."""
    return sorted((path for path in folder.glob('*.py') if _DUMPED.fullmatch(path.name)),
                  reverse=True)


def _checkpoint_in(folder: Path) -> Path:
    """Return the checkpoint that was tested, else the one that a task made, else the newest."""
    for results in (folder / TEST_FOLDER, folder):
        tested = read_json(results / RESULTS_FILE).get('checkpoint')
        if isinstance(tested, str):
            # a folder that was moved or copied has its own
            for path in (folder / Path(tested).name, Path(tested)):
                if path.is_file():
                    return path
    if (folder / CHECKPOINT_FILE).is_file():
        return folder / CHECKPOINT_FILE
    newest = find_resumable(folder)
    if newest is None:
        raise FileNotFoundError(f'There is no checkpoint in {folder} that loads: give config and '
                                'checkpoint.')
    return Path(newest)
