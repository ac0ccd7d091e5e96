"""How far a recipe has come: one JSON file in its folder."""

import json
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import broadcast_object_list, is_main_process

from ltplug.apis.same_run import TEST_KEYS, describe_config, first_difference
from ltplug.utils import flatten, write_json

from .stages import Recipe, Stage

STATE_FILE = 'recipe_state.json'
FORMAT = 1


class RecipeState:
    """Which stages of a recipe are finished, what they were made from and what they left.

    A stage is 'started', then 'trained' (its files are whole), then 'done' (tested as well). The
    file is replaced at each of these moments, so that a kill loses at most the work since the last
    checkpoint of a training.

    Args:
        recipe (Recipe): The recipe.
        settings (Mapping): What else decides the result, such as the seed.

    Raises:
        ValueError: If the file is of another recipe or unreadable.
    """

    def __init__(self, recipe: Recipe, settings: Mapping[str, Any]) -> None:
        self.recipe = recipe
        self.settings = dict(settings)
        self.folder = Path(recipe.work_dir)
        found = [self._read() if is_main_process() else None]
        broadcast_object_list(found)
        self.records: dict[str, dict] = found[0]

    def _read(self) -> dict[str, dict]:
        path = self.folder / STATE_FILE
        if not path.is_file():
            return {}
        try:
            state = json.loads(path.read_text())
            records = dict(state['stages'])
            version = state['format']
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f'{path} cannot be read ({error}): move it away to start '
                             'anew.') from None
        if version != FORMAT:
            raise ValueError(f'{path} was written by another version of ltplug: choose another '
                             '--work-dir.')
        # Who removes the folder of a stage wants it to run again.
        return {name: record for name, record in records.items()
                if self.recipe.folder(name).is_dir()}

    def status(self, name: str) -> str:
        """Return 'new', 'started', 'trained' or 'done'."""
        return self.records.get(name, {}).get('status', 'new')

    def files(self, name: str) -> list[Path]:
        """Return all files that a stage has left."""
        return [self.folder / path for path in self.records[name].get('files', {}).values()]

    def file(self, name: str, artifact: str) -> Path:
        """Return a file that a stage has left."""
        return self.folder / self.records[name]['files'][artifact]

    def results(self, name: str) -> dict[str, Any]:
        """Return the test result of a finished stage; empty where nothing was tested."""
        return self.records.get(name, {}).get('results') or {}

    def begin(self, stage: Stage) -> None:
        """Note that a stage begins."""
        identity = [uuid.uuid4().hex]
        broadcast_object_list(identity)
        self.records[stage.name] = {
            'status': 'started', 'id': identity[0],
            'plan': describe(stage, self.settings),
            'made_from': {name: self.records[name]['id'] for name in stage.needs},
        }
        self._write()

    def finish_work(self, name: str, files: Mapping[str, Path]) -> None:
        """Note that the files of a stage are whole."""
        self.records[name].update(
            status='trained',
            files={key: str(Path(path).resolve().relative_to(self.folder.resolve()))
                   for key, path in files.items()})
        self._write()

    def finish(self, name: str, results: Mapping[str, Any]) -> None:
        """Note that a stage is finished, with the result of its test."""
        plan = describe(self.recipe.stages[name], self.settings)  # as it was tested
        self.records[name].update(status='done', results=dict(results), plan=plan)
        self._write()

    def _write(self) -> None:
        if is_main_process():
            write_json(self.folder / STATE_FILE,
                       {'format': FORMAT, 'recipe': self.recipe.file,
                        'names': list(self.recipe.stages), 'stages': self.records})

    def check(self, names: Iterable[str]) -> None:
        """Refuse to go on with a recipe that is not the one that was started.

        Args:
            names (Iterable[str]): The stages that are to run.

        Raises:
            ValueError: If a begun stage, or one that it needs, would be another one today.
        """
        for name in _with_needs(names, self.recipe.stages):
            if name not in self.records:
                continue
            stage, record = self.recipe.stages[name], self.records[name]
            free = () if record['status'] == 'done' else TEST_KEYS
            difference = first_difference(record['plan'], describe(stage, self.settings), free)
            if difference:
                raise ValueError(
                    f'Stage {name!r} differs from what was started: {difference}. Put it back, or '
                    f'{self._remove(name)} to run it anew, or choose another --work-dir.')
            for other, identity in record['made_from'].items():
                if self.records.get(other, {}).get('id') != identity:
                    raise ValueError(
                        f'Stage {name!r} was made from a run of {other!r} that is gone: '
                        f'{self._remove(name)} to run it anew.')

    def _remove(self, name: str) -> str:
        made_from_it = [other for other in self.records if other != name
                        and name in _with_needs([other], self.recipe.stages)]
        folders = [str(self.recipe.folder(each)) for each in [name, *made_from_it]]
        return f'remove the folder{"s"[:len(folders) - 1]} {" and ".join(folders)}'


def _with_needs(names: Iterable[str], stages: Mapping[str, Stage]) -> list[str]:
    """Return the stages and all they need, in the order of the recipe."""
    wanted, queue = set(), list(names)
    while queue:
        name = queue.pop()
        if name in stages and name not in wanted:
            wanted.add(name)
            queue += stages[name].needs
    return [name for name in stages if name in wanted]


def describe(stage: Stage, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return what decides the result of a stage, as flat text.

    Args:
        stage (Stage): The stage.
        settings (Mapping): What else decides it.

    Returns:
        dict[str, str]: Value by dotted key.
    """
    source = stage.source
    content = {
        'task': stage.task,
        'load_from': None if source is None else
        {'stage': source.stage, 'checkpoint': source.checkpoint, 'parts': source.parts},
        'inputs': {key: '.'.join(value) for key, value in stage.inputs.items()},
        'settings': dict(settings),
    }
    config = {} if stage.config is None else describe_config(stage.config)
    return {**{f'config.{key}': value for key, value in config.items()},
            **{key: repr(value) for key, value in flatten(content)}}
