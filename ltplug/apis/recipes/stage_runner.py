"""Running one stage of a recipe: what it takes, its training or task, its test."""

import copy
import shlex
import uuid
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import barrier, is_main_process
from mmengine.logging import MMLogger

from ltplug.apis.testing import LAST, REPORTED, test_checkpoints
from ltplug.apis.training import fit
from ltplug.engine.checkpoint_io import find_resumable
from ltplug.engine.tasks import TaskContext
from ltplug.reports import RUN_FILE, describe_run, note_run, only_warn, report_run

from .stages import CHECKPOINT, Recipe, Stage, build_task
from .state import RecipeState

TASK_LOG_FILE, TASK_CONFIG_FILE = 'task.log', 'config.py'


def make_logger(log_file: Path | None = None) -> MMLogger:
    """Return a logger that no Runner takes over.

    Args:
        log_file (Path, optional): Where it writes as well.

    Returns:
        MMLogger: Speaks on the main process only, errors excepted.
    """
    if log_file is not None:
        log_file.parent.mkdir(parents=True, exist_ok=True)
    return MMLogger.get_instance(f'recipe_{uuid.uuid4().hex}', logger_name='ltplug',
                                 log_file=None if log_file is None else str(log_file),
                                 file_mode='a')


def hooks_of(cfg: Config, kind: str) -> list[Config]:
    """Return the configs of all hooks of one kind, wherever they stand.

    Args:
        cfg (Config): A Runner config.
        kind (str): Name of a hook of ltplug.

    Returns:
        list[Config]: Parts of the config, to be changed in place.
    """
    hooks = [*(cfg.get('default_hooks') or {}).values(), *(cfg.get('custom_hooks') or [])]
    return [hook for hook in hooks
            if isinstance(hook, dict) and hook.get('type') in (kind, f'ltplug.{kind}')]


class StageRunner:
    """Brings single stages from wherever they are to 'done'.

    Args:
        recipe (Recipe): The recipe.
        state (RecipeState): What of it has been done; kept up to date.
        logger (MMLogger): Tells which stage begins, and how one that fails is gone on with.
        options (dict[str, Any]): Of every training, as :func:`ltplug.apis.training.fit` takes them.
    """

    def __init__(self, recipe: Recipe, state: RecipeState, logger: MMLogger,
                 options: dict[str, Any]) -> None:
        self.recipe = recipe
        self.state = state
        self.logger = logger
        self.options = options
        self.launcher = options['launcher']

    def run(self, stage: Stage) -> None:
        """Do what is left of a stage.

        Args:
            stage (Stage): One of the recipe, whose needs are done.
        """
        position = f'{list(self.recipe.stages).index(stage.name) + 1}/{len(self.recipe.stages)}'
        self.logger.info(f'Stage {position} of {Path(self.recipe.file).name}: {stage.name}')
        folder = self.recipe.folder(stage.name)
        try:
            if self.state.status(stage.name) in ('new', 'started'):
                files = self._work(stage, folder)
                barrier()
                self.state.finish_work(stage.name, files)
            self.state.finish(stage.name, self._test(stage, folder))
            report_run(folder)
        except (Exception, KeyboardInterrupt):
            if is_main_process():
                self.logger.warning(self._advice(stage))
            raise

    def _advice(self, stage: Stage) -> str:
        command = shlex.join(['python', 'tools/train.py', self.recipe.file, '--work-dir',
                              self.recipe.work_dir, '--resume'])
        return (f'Stage {stage.name!r} was not finished; the stages before it are kept. To '
                f'continue: {command} (with the other options of this call).')

    def _work(self, stage: Stage, folder: Path) -> dict[str, Path]:
        begun = self.state.status(stage.name) == 'started'
        folder.mkdir(parents=True, exist_ok=True)
        if not begun:
            self.state.begin(stage)
        paths = {key: str(self.state.file(*value)) for key, value in stage.inputs.items()}
        if stage.task is not None:
            context = TaskContext(folder, self.recipe.source_config(stage),
                                  self._source_file(stage), self._groups_file(stage),
                                  self.recipe.used_by(stage.name))
            if is_main_process():
                with only_warn(RUN_FILE):
                    note_run(folder, describe_run(stage.config, task=stage.task))
                if stage.config is not None:
                    stage.config.dump(str(folder / TASK_CONFIG_FILE))
            make_logger(folder / TASK_LOG_FILE)  # what the task tells goes to the newest logger
            return build_task(stage.task, paths).run(context)
        cfg = self._prepared(stage, folder, paths)
        resume = find_resumable(folder) if begun else None
        if begun and resume is None and any(folder.glob('*_*.pth')):
            raise RuntimeError(f'None of the checkpoints in {folder} loads, so the stage cannot go '
                               'on: put them back, or remove them to train it anew.')
        options = {**self.options, 'seed': None if resume else self.options['seed']}
        return {CHECKPOINT if name == REPORTED else name: Path(path)
                for name, path in fit(cfg, resume, **options, is_stage=True).items()}

    def _prepared(self, stage: Stage, folder: Path, paths: dict[str, str]) -> Config:
        cfg = copy.deepcopy(stage.config)
        cfg.merge_from_dict(paths)
        cfg.work_dir = str(folder)
        source = self._source_file(stage)
        if source is not None:
            cfg.load_from, cfg.resume = source, False
            if not hooks_of(cfg, 'CheckpointFitHook'):
                cfg.setdefault('default_hooks', {})['checkpoint_fit'] = dict(
                    type='ltplug.CheckpointFitHook')
            for hook in hooks_of(cfg, 'CheckpointFitHook'):
                hook.parts = hook.get('parts') if stage.source.parts is None else \
                    stage.source.parts
        for hook in hooks_of(cfg, 'FeatureCacheHook'):
            # probes of the same features share what they compute
            hook.setdefault('cache_dir', str(Path(self.recipe.work_dir) / 'feature_cache'))
        groups = self._groups_file(stage)
        for hook in hooks_of(cfg, 'ClassCountsHook') if groups is not None else ():
            hook.setdefault('groups_from', groups)
        return cfg

    def _source_file(self, stage: Stage) -> str | None:
        if stage.source is None:
            return None
        reported = self.state.file(stage.source.stage, CHECKPOINT)
        if stage.source.checkpoint is None:
            return str(reported)
        path = reported.with_name(f'{stage.source.checkpoint}.pth')
        if not path.is_file():
            raise FileNotFoundError(f'Stage {stage.name!r} loads {path}, which stage '
                                    f'{stage.source.stage!r} did not keep: raise max_keep_ckpts '
                                    'of its checkpoint hook.')
        return str(path)

    def _groups_file(self, stage: Stage) -> str | None:
        name = self.recipe.groups_from
        if name == stage.name or self.state.status(name) not in ('trained', 'done'):
            return None
        return str(self.state.file(name, CHECKPOINT))

    def _test(self, stage: Stage, folder: Path) -> dict[str, Any]:
        if not stage.is_tested:
            return {}
        files = self.state.records[stage.name]['files']
        return test_checkpoints(stage.config, {
            name: str(self.state.file(stage.name, artifact))
            for name, artifact in ((REPORTED, CHECKPOINT), (LAST, LAST)) if artifact in files
        }, folder, self.launcher)
