"""Running a recipe: one stage after the other."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process

from ltplug.apis.distributed import init_distributed, process_group_closed_at_end
from ltplug.engine.checkpoint_io import secure_loading
from ltplug.engine.config_check import ConfigError
from ltplug.engine.config_variables import hint, near
from ltplug.reports import RESULTS_FILE
from ltplug.utils import write_json

from .check import try_recipe
from .plan import load_recipe
from .report import plan_table, stage_table
from .stage_runner import StageRunner, make_logger
from .stages import Recipe
from .state import RecipeState

LOG_FILE = 'recipe.log'


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
        runner = StageRunner(recipe, state, logger, dict(
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
