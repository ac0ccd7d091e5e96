"""Recipes and their stages, as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmengine.config import Config

from ltplug.engine.config_check import ConfigError
from ltplug.engine.tasks import StageTask
from ltplug.registry import TASKS

CHECKPOINT = 'checkpoint'
ONLY_STAGE = 'training'


@dataclass(frozen=True)
class Source:
    """What a stage starts from.

    Attributes:
        stage (str): Name of the earlier stage.
        checkpoint (str, optional): Name of one of its checkpoint files without ``.pth``, such as
            'epoch_100'; None for the one that its table reports.
        parts (dict[str, str], optional): Prefix in the model by prefix in the checkpoint, of what
            is loaded; None for everything that fits.
    """

    stage: str
    checkpoint: str | None = None
    parts: dict[str, str] | None = None


@dataclass(frozen=True)
class Stage:
    """One step of a recipe: a training or a task.

    Attributes:
        name (str): Name in the recipe and of its folder.
        config (Config, optional): Of the training; for a task, of the model that it makes, if any.
        task (dict, optional): Config of the task; None for a training.
        source (Source, optional): What it starts from.
        inputs (dict[str, tuple[str, str]]): Stage and artifact by the key of the config, or
            argument of the task, that takes the path of the file.
        test (bool): Whether its checkpoint is tested.
    """

    name: str
    config: Config | None = None
    task: dict | None = None
    source: Source | None = None
    inputs: dict[str, tuple[str, str]] = field(default_factory=dict)
    test: bool = True

    @property
    def needs(self) -> list[str]:
        """list[str]: Names of the stages of which it takes something."""
        found = [] if self.source is None else [self.source.stage]
        return list(dict.fromkeys(found + [stage for stage, _ in self.inputs.values()]))

    @property
    def is_tested(self) -> bool:
        """bool: Whether there is something to test."""
        return self.test and self.config is not None and bool(self.config.get('test_dataloader'))


@dataclass(frozen=True)
class Recipe:
    """Stages in the order in which they run.

    Attributes:
        file (str): The recipe's file.
        stages (dict[str, Stage]): By name.
        groups_from (str): Name of the stage whose class counts define the groups of all tables.
        work_dir (str): Folder of the run.
    """

    file: str
    stages: dict[str, Stage]
    groups_from: str
    work_dir: str

    def used_by(self, name: str) -> Config | None:
        """Return the config of the first training that takes a file of a stage, besides loading."""
        return next((stage.config for stage in self.stages.values() if stage.task is None
                     and name in (source for source, _ in stage.inputs.values())), None)

    def source_config(self, stage: Stage) -> Config | None:
        """Return the config of what a stage loads."""
        return None if stage.source is None else self.stages[stage.source.stage].config

    def folder(self, name: str) -> Path:
        """Return the folder of a stage: of an only one, the work dir itself."""
        is_plain = list(self.stages) == [ONLY_STAGE]
        return Path(self.work_dir) if is_plain else Path(self.work_dir) / name


def build_task(task: Mapping, paths: Mapping[str, str] | None = None) -> StageTask:
    """Build a task.

    Args:
        task (Mapping): Its config.
        paths (Mapping[str, str], optional): Files by the argument that takes them.

    Returns:
        StageTask: The task.
    """
    arguments = {key: value for key, value in task.items() if key != 'type'}
    # Not TASKS.build, which looks in mmpretrain's scope first and warns that it has no tasks.
    return TASKS.get(task['type'])(**arguments, **(paths or {}))


def artifacts_of(stage: Stage) -> tuple[str, ...]:
    """Return the names of what a stage leaves for later ones."""
    own = (CHECKPOINT, ) if stage.config is not None else ()
    if stage.task is None:
        return own
    return own + tuple(TASKS.get(stage.task['type']).artifacts)


def check_kept(source: Source, config: Config) -> None:
    """Refuse to load the checkpoint of an epoch that its stage will not have at its end.

    Args:
        source (Source): What a stage starts from.
        config (Config): Of the training that makes it.

    Raises:
        ConfigError: If it names such a checkpoint.
    """
    match = re.fullmatch(r'epoch_(\d+)', source.checkpoint or '')
    length = (config.get('train_cfg') or {}).get('max_epochs')
    hook = (config.get('default_hooks') or {}).get('checkpoint') or {}
    if match is None or length is None or not hook.get('by_epoch', True):
        return
    interval, keep = hook.get('interval', 1), hook.get('max_keep_ckpts', -1)
    saved = [epoch for epoch in range(max(hook.get('save_begin', 0), 1), length + 1)
             if epoch == length or (interval > 0 and epoch % interval == 0)]
    kept = saved[-keep:] if keep > 0 else saved
    if int(match[1]) not in kept:
        names = ', '.join(f'epoch_{epoch}' for epoch in kept[-3:])
        raise ConfigError(f'it loads {source.checkpoint} of stage {source.stage!r}, which will '
                          f'have {"..., " if len(kept) > 3 else ""}{names} at its end: name one of '
                          'these, or change interval and max_keep_ckpts of its checkpoint hook.')
