"""Running a recipe: one stage after the other."""

import copy
import shlex
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import barrier, is_main_process
from mmengine.logging import MMLogger

from ltplug.apis.distributed import init_distributed, process_group_closed_at_end
from ltplug.apis.testing import LAST, REPORTED, test_checkpoints
from ltplug.apis.training import fit
from ltplug.engine.checkpoint_io import find_resumable, secure_loading
from ltplug.engine.config_check import ConfigError
from ltplug.engine.config_variables import hint, near
from ltplug.engine.tasks import TaskContext
from ltplug.reports import RESULTS_FILE, RUN_FILE, describe_run, note_run, only_warn, report_run
from ltplug.utils import write_json

from .check import try_recipe
from .plan import load_recipe
from .report import plan_table, stage_table
from .stages import CHECKPOINT, Recipe, Stage, build_task
from .state import RecipeState

LOG_FILE, TASK_LOG_FILE, TASK_CONFIG_FILE = 'recipe.log', 'task.log', 'config.py'


def run_recipe(config: str | Path | Config,
               work_dir: str | Path | None = None,
               resume: bool = False,
               stages: Iterable[str] | None = None,
               amp: bool = False,
               cfg_options: dict[str, Any] | None = None,
               seed: int | None = None,
               launcher: str = 'none',
               validate: bool = True,
               trust_checkpoint: bool = False,
               dry_run: bool = False,
               pretrain: str | Path | None = None,
               auto_scale_lr: bool = False) -> dict[str, Any]:
    """Run the stages of a recipe, each in its own folder, and log the table of all results.

    Args:
        config (str, Path or Config): The recipe or its file.
        work_dir (str or Path, optional): Defaults to the recipe's, else
            ``work_dirs/<recipe name>``.
        resume (bool): Whether to go on with what an earlier call has begun: finished stages are
            not repeated and an unfinished training continues from its newest checkpoint.
            Defaults to False.
        stages (Iterable[str], optional): Names of the stages to run. Defaults to all.
        amp (bool): Whether to train in mixed precision. Defaults to False.
        cfg_options (dict[str, Any], optional): Overrides by ``stage.key``.
        seed (int, optional): Of every training, instead of the configs'.
        launcher (str): As in :func:`ltplug.apis.train`. Defaults to 'none'.
        validate (bool): Whether to evaluate during trainings. Defaults to True.
        trust_checkpoint (bool): Whether to load files that may run code. Defaults to False.
        dry_run (bool): Whether to check and show the plan only. Defaults to False.
        pretrain (str or Path, optional): A config that learns the features to start from, as in
            :func:`load_recipe`.
        auto_scale_lr (bool): As in :func:`ltplug.apis.train`. Defaults to False.

    Returns:
        dict[str, Any]: Result of :func:`ltplug.apis.test` by name of the stage, also written to
        ``results.json``.

    Raises:
        ConfigError: If the recipe or a stage has a mistake.
        FileNotFoundError: If data are missing that would not be fetched.
        ValueError: If the folder holds another run, or the recipe has changed since it began.
    """
    recipe = load_recipe(config, cfg_options, work_dir, pretrain)
    names = _selected(recipe, stages)
    # Without a seed every training takes that of its config, which is part of the plan.
    settings = {'amp': amp, **({} if seed is None else {'seed': seed}),
                **({'auto_scale_lr': True} if auto_scale_lr else {})}
    with process_group_closed_at_end(), secure_loading(trust_checkpoint):
        init_distributed(Config(), launcher)
        state = RecipeState(recipe, settings)
        state.check(names)
        todo = [name for name in names if state.status(name) != 'done']
        if not dry_run:
            _check_begun(recipe, state, names, resume)
        _check_needs(recipe, state, todo)
        trials = try_recipe(recipe, todo, launcher, data_needed=not dry_run, validate=validate)
        if dry_run:
            make_logger().info('\n' + plan_table(recipe, state, names, trials))
            lacking = [name for name, trial in trials.items()
                       if trial.missing_data and not trial.is_fetched]
            if lacking:
                raise FileNotFoundError(f'Data of stage {lacking[0]!r} are missing: '
                                        f'{trials[lacking[0]].missing_data}')
            return {}
        logger = make_logger(Path(recipe.work_dir) / LOG_FILE)
        runner = _StageRunner(recipe, state, logger, dict(
            amp=amp, seed=seed, launcher=launcher, validate=validate,
            auto_scale_lr=auto_scale_lr))
        for name in todo:
            runner.run(recipe.stages[name])
        results = {name: state.results(name) for name in recipe.stages if state.results(name)}
        if is_main_process():
            write_json(Path(recipe.work_dir) / RESULTS_FILE, results)
    if results:
        logger.info('\n' + stage_table(results))
    return results


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


def _selected(recipe: Recipe, stages: Iterable[str] | None) -> list[str]:
    if stages is None:
        return list(recipe.stages)
    stages = list(stages)
    for name in stages:
        if name not in recipe.stages:
            raise ConfigError(f'--stages names {name!r}, which the recipe does not have'
                              f'{hint(near(name, recipe.stages))}.')
    return [name for name in recipe.stages if name in stages]


def _check_begun(recipe: Recipe, state: RecipeState, names: list[str], resume: bool) -> None:
    begun = [name for name in names if state.status(name) != 'new']
    if begun and not resume:
        raise ValueError(f'{recipe.work_dir} holds an earlier run of stage {begun[0]!r}: add '
                         '--resume to continue it, or choose another --work-dir.')
    if resume and not state.records:
        raise FileNotFoundError(f'There is nothing to resume in {recipe.work_dir}: leave --resume '
                                'out to start anew.')


def _check_needs(recipe: Recipe, state: RecipeState, todo: list[str]) -> None:
    """Refuse to run stages without those that make what they take."""
    groups = recipe.groups_from
    for name in todo:
        needed = [*recipe.stages[name].needs]
        if name != groups and list(recipe.stages).index(groups) < list(recipe.stages).index(name):
            needed.append(groups)
        for other in needed:
            if other not in todo and state.status(other) not in ('trained', 'done'):
                raise ConfigError(f'Stage {name!r} needs stage {other!r}, which has not been run '
                                  f'in {recipe.work_dir}: add it to --stages.')
            for path in [] if other in todo else state.files(other):
                if not path.is_file():
                    raise FileNotFoundError(f'Stage {name!r} needs {path}, which is gone: put it '
                                            f'back, or remove the folder of stage {other!r} to '
                                            'make it again.')


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


class _StageRunner:
    """Brings single stages from wherever they are to 'done'."""

    def __init__(self, recipe: Recipe, state: RecipeState, logger: MMLogger,
                 options: dict[str, Any]) -> None:
        self.recipe = recipe
        self.state = state
        self.logger = logger
        self.options = options
        self.launcher = options['launcher']

    def run(self, stage: Stage) -> None:
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
