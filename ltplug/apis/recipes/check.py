"""Trying a recipe out before its first stage runs for hours."""

import copy
import gc
import inspect
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import barrier, broadcast_object_list
from mmengine.runner import Runner

from ltplug.apis.config import DATALOADERS, adapt_to_machine
from ltplug.apis.distributed import init_distributed
from ltplug.apis.runner import build_runner
from ltplug.apis.trial import build_evaluation, read_start, tell_test, try_batches
from ltplug.engine.checkpoint_fit import check_fit, select_parts
from ltplug.engine.config_check import ConfigError
from ltplug.engine.config_tables import accepted_keys
from ltplug.engine.hooks import CheckpointFitHook
from ltplug.registry import DATASETS
from ltplug.utils import random_streams_kept, unwrap_model

from .stages import Recipe, Stage, build_task


@dataclass(frozen=True)
class Trial:
    """What trying one stage has shown.

    Attributes:
        tensors (dict[str, Tensor]): Tensors of its model on the 'meta' device, by name.
        min_fraction (float): Share of them that a checkpoint must fill.
        parts (dict[str, str], optional): The modules that its config loads.
        missing_data (str): What is not on this machine; '' if everything is.
        is_fetched (bool): Whether a start would fetch it.
    """

    tensors: dict[str, torch.Tensor]
    min_fraction: float = 0.9
    parts: dict[str, str] | None = None
    missing_data: str = ''
    is_fetched: bool = False


def try_recipe(recipe: Recipe, names: Iterable[str], launcher: str = 'none',
               data_needed: bool = True, validate: bool = True) -> dict[str, Trial]:
    """Build every stage, and compare what it loads with what it is to be loaded into.

    Some images go through every model. Nothing is trained and nothing stays on the disk.

    Args:
        recipe (Recipe): The recipe.
        names (Iterable[str]): The stages that are to run.
        launcher (str): As in :func:`ltplug.apis.train`. Defaults to 'none'.
        data_needed (bool): Whether trainings follow: data that are not there are an error, or are
            fetched. Defaults to True.
        validate (bool): As in :func:`ltplug.apis.train`. Defaults to True.

    Returns:
        dict[str, Trial]: By name of the stage.

    Raises:
        ConfigError: If a stage cannot be built, or what it loads does not fit.
    """
    trials: dict[str, Trial] = {}
    names = set(names)
    for name, stage in recipe.stages.items():
        is_model_needed = any(other.source is not None and other.source.stage == name
                              for other in recipe.stages.values() if other.name in names)
        if name not in names and not is_model_needed:
            continue
        try:
            source = None if stage.source is None else trials.get(stage.source.stage)
            with random_streams_kept():  # which a Runner seeds
                trials[name] = _try_stage(stage, launcher, data_needed, validate, name in names,
                                          source)
            if stage.task is not None and name in names:
                trials[name] = _try_task(recipe, stage, data_needed, trials[name])
        except Exception as error:
            text = str(error) if isinstance(error, ValueError | RuntimeError | OSError) \
                else f'{type(error).__name__}: {error}'
            raise ConfigError(f'Stage {name!r}: {text}') from error
    return trials


def _try_task(recipe: Recipe, stage: Stage, data_needed: bool, trial: Trial) -> Trial:
    """Let a task check its data; note what is not there, where that is no error."""
    configs = [copy.deepcopy(config) for config in
               (recipe.source_config(stage), recipe.used_by(stage.name))]
    fetched = False
    for config in configs if not data_needed else ():
        for loader in DATALOADERS if config is not None else ():
            fetched |= _forbid_downloads(config.get(loader))
    try:
        build_task(stage.task, dict.fromkeys(stage.inputs, '')).check(*configs)
    except (OSError, RuntimeError) as error:
        if data_needed:
            raise
        return replace(trial, missing_data=str(error), is_fetched=fetched)
    return trial


def _try_stage(stage: Stage, launcher: str, data_needed: bool, validate: bool, is_run: bool,
               source: Trial | None) -> Trial:
    if stage.config is None:
        return Trial({})
    cfg = copy.deepcopy(stage.config)
    start = read_start(cfg) if is_run and stage.source is None else None
    fetched = set()
    if not (data_needed and is_run):
        fetched = {loader for loader in DATALOADERS if _forbid_downloads(cfg.get(loader))}
    if not validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    with tempfile.TemporaryDirectory() as folder:
        shared = [folder]
        broadcast_object_list(shared)  # all ranks take the main process's folder
        runner = _build(cfg, shared[0], launcher)
        tensors = {key: torch.empty_like(value, device='meta') for key, value in
                   unwrap_model(runner.model).state_dict().items()}
        trial = Trial(tensors)
        for hook in runner.hooks:
            if isinstance(hook, CheckpointFitHook):
                trial = Trial(tensors, hook.min_fraction, hook.parts)
        if start is not None:
            _check_fit(trial, start, trial.parts)
        if source is not None and stage.task is None and is_run:
            _check_load(stage, source, trial)
        missing = _try_data(runner, stage) if is_run else {}
        if missing and data_needed:
            raise next(iter(missing.values()))
        if is_run and not missing and stage.task is None:
            try_batches(runner, trains=not stage.inputs, is_dry=not data_needed)
        barrier()  # the main process removes the folder
        del runner
        gc.collect()
        torch.cuda.empty_cache()
    return replace(trial, missing_data=' '.join(dict.fromkeys(map(str, missing.values()))),
                   is_fetched=fetched.issuperset(missing))


def _build(cfg: Config, work_dir: str, launcher: str) -> Runner:
    cfg.work_dir, cfg.log_level = work_dir, 'ERROR'
    cfg.pop('visualizer', None)  # a back-end could open a run on a server
    cfg.load_from, cfg.resume = None, False
    adapt_to_machine(cfg)
    init_distributed(cfg, launcher)
    return build_runner(cfg)


def _forbid_downloads(node: Any) -> bool:
    """Let no dataset in a part of a config fetch anything; return whether one would."""
    found = False
    if isinstance(node, dict):
        component = DATASETS.get(node['type']) if isinstance(node.get('type'), str) else None
        if component is not None and 'download' in accepted_keys(component)[0]:
            argument = inspect.signature(component).parameters.get('download')
            found = node.get('download', argument is None or argument.default)
            node['download'] = False
        node = list(node.values())
    if isinstance(node, list):
        found = any([found, *map(_forbid_downloads, node)])
    return bool(found)


def _try_data(runner: Runner, stage: Stage) -> dict[str, Exception]:
    """Build all that a training has, hooks included; return why data cannot be read, by part.

    What a training takes of an earlier stage is not there yet, so that its part is not built.
    """
    missing: dict[str, Exception] = {}
    parts: dict[str, Callable[[], Any]] = {}
    trains = stage.task is None and not stage.inputs
    if trains:
        parts['train_dataloader'] = lambda: runner.train_loop
    if stage.task is None:
        parts['val_dataloader'] = lambda: runner.val_loop
    if stage.is_tested:
        parts['test_dataloader'] = lambda: build_evaluation(runner)
    for part, build in parts.items():
        if runner.cfg.get(part) and not any(key.startswith(part) for key in stage.inputs):
            try:
                build()
            except (OSError, RuntimeError) as error:
                missing[part] = error
    if trains and not missing:
        runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
        if runner.param_schedulers:
            runner.build_param_scheduler(runner.param_schedulers)
        runner.call_hook('before_run')  # where hooks refuse what they cannot work with
        tell_test(runner)
    return missing


def _check_load(stage: Stage, source: Trial, target: Trial) -> None:
    parts = target.parts if stage.source.parts is None else stage.source.parts
    try:
        _check_fit(target, {key: value.shape for key, value in source.tensors.items()}, parts)
    except RuntimeError as error:
        raise ConfigError(f'What it loads from stage {stage.source.stage!r} does not fit. '
                          f'{error}') from None


def _check_fit(target: Trial, found: Mapping[str, torch.Size],
               parts: Mapping[str, str] | None) -> None:
    if parts is not None:
        found = select_parts(found, parts)
    check_fit({key: value.shape for key, value in target.tensors.items()}, found,
              target.min_fraction, parts)
