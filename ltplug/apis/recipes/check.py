"""Trying a recipe out before its first stage runs for hours."""

import copy
import gc
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import barrier, broadcast_object_list
from mmengine.runner import Runner

from ltplug.apis.config import DATALOADERS, adapt_to_machine
from ltplug.apis.distributed import init_distributed
from ltplug.apis.runner import build_runner
from ltplug.engine.checkpoint_fit import check_fit, select_parts
from ltplug.engine.config_check import ConfigError
from ltplug.engine.config_tables import accepted_keys
from ltplug.engine.hooks import CheckpointFitHook
from ltplug.registry import DATASETS
from ltplug.utils import unwrap_model

from .stages import Recipe, Stage, build_task


@dataclass(frozen=True)
class Trial:
    """What trying one stage has shown.

    Attributes:
        tensors (dict[str, Tensor]): Tensors of its model on the 'meta' device, by name.
        min_fraction (float): Share of them that a checkpoint must fill.
        parts (dict[str, str], optional): The modules that its config loads.
        missing_data (str): What is not on this machine; '' if everything is.
    """

    tensors: dict[str, torch.Tensor]
    min_fraction: float = 0.9
    parts: dict[str, str] | None = None
    missing_data: str = ''


def try_recipe(recipe: Recipe, names: Iterable[str], launcher: str = 'none',
               data_needed: bool = True) -> dict[str, Trial]:
    """Build every stage, and compare what it loads with what it is to be loaded into.

    Nothing is trained and nothing stays on the disk.

    Args:
        recipe (Recipe): The recipe.
        names (Iterable[str]): The stages that are to run.
        launcher (str): As in :func:`ltplug.apis.train`. Defaults to 'none'.
        data_needed (bool): Whether data that are not there are an error. Defaults to True.

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
            trials[name] = _try_stage(stage, launcher, data_needed and name in names)
            if stage.task is not None and name in names:
                missing = _try_task(recipe, stage, data_needed)
                if missing:
                    trials[name] = replace(trials[name], missing_data=missing)
            if stage.source is not None and stage.task is None and name in names:
                _check_load(stage, trials[stage.source.stage], trials[name])
        except Exception as error:
            text = str(error) if isinstance(error, ValueError | RuntimeError | OSError) \
                else f'{type(error).__name__}: {error}'
            raise ConfigError(f'Stage {name!r}: {text}') from error
    return trials


def _try_task(recipe: Recipe, stage: Stage, data_needed: bool) -> str:
    """Let a task check its data; return what is not there, where that is no error."""
    configs = [copy.deepcopy(config) for config in
               (recipe.source_config(stage), recipe.used_by(stage.name))]
    for config in configs:
        if not data_needed and config is not None:
            for loader in DATALOADERS:
                _forbid_downloads(config.get(loader))
    try:
        build_task(stage.task, dict.fromkeys(stage.inputs, '')).check(*configs)
    except (OSError, RuntimeError) as error:
        if data_needed:
            raise
        return str(error)
    return ''


def _try_stage(stage: Stage, launcher: str, data_needed: bool) -> Trial:
    if stage.config is None:
        return Trial({})
    with tempfile.TemporaryDirectory() as folder:
        shared = [folder]
        broadcast_object_list(shared)  # all ranks take the main process's folder
        runner = _build(stage.config, shared[0], launcher, may_download=data_needed)
        tensors = {key: torch.empty_like(value, device='meta') for key, value in
                   unwrap_model(runner.model).state_dict().items()}
        trial = Trial(tensors)
        for hook in runner.hooks:
            if isinstance(hook, CheckpointFitHook):
                trial = Trial(tensors, hook.min_fraction, hook.parts)
        missing = '' if stage.inputs else _try_data(runner, stage)
        if missing and data_needed:
            raise missing
        barrier()  # the main process removes the folder
        del runner
        gc.collect()
        torch.cuda.empty_cache()
    return replace(trial, missing_data=str(missing or ''))


def _build(cfg: Config, work_dir: str, launcher: str, may_download: bool) -> Runner:
    cfg = copy.deepcopy(cfg)
    if not may_download:
        for loader in DATALOADERS:
            _forbid_downloads(cfg.get(loader))
    cfg.work_dir, cfg.log_level = work_dir, 'ERROR'
    cfg.pop('visualizer', None)  # a back-end could open a run on a server
    cfg.load_from, cfg.resume = None, False
    adapt_to_machine(cfg)
    init_distributed(cfg, launcher)
    return build_runner(cfg)


def _forbid_downloads(node: Any) -> None:
    if isinstance(node, dict):
        component = DATASETS.get(node['type']) if isinstance(node.get('type'), str) else None
        if component is not None and 'download' in accepted_keys(component)[0]:
            node['download'] = False
        for child in node.values():
            _forbid_downloads(child)
    elif isinstance(node, list):
        for child in node:
            _forbid_downloads(child)


def _try_data(runner: Runner, stage: Stage) -> Exception | None:
    """Build all that a training has, hooks included; return why data cannot be read."""
    try:
        train_loop = None if stage.task is not None else runner.train_loop
        if stage.is_tested:
            runner.test_loop  # noqa: B018
    except (OSError, RuntimeError) as error:
        return error
    if train_loop is not None:
        runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
        if runner.param_schedulers:
            runner.build_param_scheduler(runner.param_schedulers)
        runner.call_hook('before_run')  # where hooks refuse what they cannot work with
    return None


def _check_load(stage: Stage, source: Trial, target: Trial) -> None:
    parts = target.parts if stage.source.parts is None else stage.source.parts
    found = source.tensors if parts is None else select_parts(source.tensors, parts)
    try:
        check_fit({key: value.shape for key, value in target.tensors.items()},
                  {key: value.shape for key, value in found.items()}, target.min_fraction, parts)
    except RuntimeError as error:
        raise ConfigError(f'What it loads from stage {stage.source.stage!r} does not fit. '
                          f'{error}') from None
