"""Train a config."""

import copy
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import barrier, is_main_process
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import CheckpointLoader, Runner

from ltplug.engine import ClassCountsHook
from ltplug.engine.checkpoint_io import find_resumable, secure_loading
from ltplug.engine.checkpoint_meta import store, stored
from ltplug.engine.schedule_check import find_late_points
from ltplug.registry import METRICS
from ltplug.reports import RUN_FILE, describe_run, note_run, only_warn, report_run
from ltplug.utils import sought_in, why_no_file
from ltplug.utils.folder_lock import folder_locked

from .config import (
    adapt_to_machine,
    default_work_dir,
    enable_amp,
    enable_auto_scale_lr,
    load_config,
)
from .distributed import init_distributed, process_group_closed_at_end
from .first_batch import first_batch_explained
from .runner import build_runner, counts_of, stop_workers
from .same_run import check_same, describe_config
from .switches import check_available
from .testing import LAST, REPORTED, test_checkpoints
from .trial import CheckTestHook, check_start

RUN_STATE = ('meta', 'state_dict', 'optimizer', 'message_hub')


class _SaveConfigHook(Hook):
    """Writes config and facts into the work dir once everything is built and training begins.

    What decides the result goes into every checkpoint, so that no other run resumes it.
    """

    def __init__(self, cfg: Config) -> None:
        self.cfg = cfg
        self.plan = describe_config(cfg)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        store(checkpoint, plan=self.plan)

    def before_train(self, runner: Runner) -> None:
        if is_main_process():
            name = Path(self.cfg.filename or 'config.py').name
            self.cfg.dump(str(Path(runner.work_dir) / name))
            with only_warn(RUN_FILE):
                note_run(runner.work_dir, describe_run(self.cfg, runner.seed, *counts_of(runner)),
                         is_resumed=runner._resume)


def train(config: str | Path | Config,
          work_dir: str | Path | None = None,
          resume: str | Path | None = None,
          amp: bool = False,
          cfg_options: dict[str, Any] | None = None,
          seed: int | None = None,
          launcher: str = 'none',
          validate: bool = True,
          trust_checkpoint: bool = False,
          auto_scale_lr: bool = False) -> dict[str, Any]:
    """Train a config, then test its last checkpoint, or its best one, in a fresh Runner.

    Which of the two says ``default_hooks.checkpoint.report``; with 'best' the last one is tested
    too, into the folder ``test_last``.

    A fresh one, because mmengine would test the raw instead of the averaged weights (EMA) in the
    Runner that trained.

    Args:
        config (str, Path or Config): The config, its file, or the name of one that ltplug ships.
        work_dir (str or Path, optional): Defaults to the config's, else
            ``work_dirs/<config name>``.
        resume (str or Path, optional): 'auto' for the newest checkpoint of the work dir that
            loads, or a checkpoint file.
        amp (bool): Whether to train in mixed precision. Defaults to False.
        cfg_options (dict[str, Any], optional): Overrides by dotted key.
        seed (int, optional): Instead of the config's.
        launcher (str): 'none', 'pytorch', 'slurm' or 'mpi'. Defaults to 'none'.
        validate (bool): Whether to evaluate during training. Defaults to True.
        trust_checkpoint (bool): Whether to load files that may run code. Defaults to False.
        auto_scale_lr (bool): Whether to fit the learning rate to the batch size of all processes,
            see :func:`ltplug.apis.config.enable_auto_scale_lr`. Defaults to False: as the config
            says.

    Returns:
        dict[str, Any]: The result of :func:`ltplug.apis.test`, or an empty dict for a config
        without test data.

    Raises:
        ConfigError: If the config has a mistake.
        FileNotFoundError: If there is nothing to resume.
        ValueError: If the config is another one than that of the run to resume.
        RuntimeError: If a checkpoint does not fit, or the work dir holds another run.
    """
    cfg = load_config(config, cfg_options)
    if seed is None:
        seed = (cfg_options or {}).get('randomness.seed')
    cfg.work_dir = str(work_dir or cfg.get('work_dir') or default_work_dir(cfg))
    if cfg.get('resume') and resume is None:
        resume = cfg.get('load_from') or 'auto'
    with process_group_closed_at_end(), secure_loading(trust_checkpoint):
        checkpoints = fit(cfg, resume, amp, seed, launcher, validate, auto_scale_lr)
        results = test_checkpoints(cfg, checkpoints, Path(cfg.work_dir), launcher,
                                   trust_checkpoint)
        report_run(cfg.work_dir)
        return results


def fit(cfg: Config,
        resume: str | Path | None = None,
        amp: bool = False,
        seed: int | None = None,
        launcher: str = 'none',
        validate: bool = True,
        auto_scale_lr: bool = False,
        is_stage: bool = False) -> dict[str, str]:
    """Train a checked config without testing it.

    Args:
        cfg (Config): From :func:`load_config`, with ``work_dir``. It is left as it is.
        resume (str or Path, optional): As in :func:`train`.
        amp (bool): As in :func:`train`. Defaults to False.
        seed (int, optional): As in :func:`train`.
        launcher (str): As in :func:`train`. Defaults to 'none'.
        validate (bool): As in :func:`train`. Defaults to True.
        auto_scale_lr (bool): As in :func:`train`. Defaults to False.
        is_stage (bool): Whether a recipe has compared the config with that of the run to resume.
            Defaults to False.

    Returns:
        dict[str, str]: The checkpoints to test by the folder of their results: ``test`` for the
        one that is reported, ``test_last`` for the last one where that is another. Empty if none
        was saved.

    Raises:
        FileNotFoundError: If there is nothing to resume.
        ValueError: If the config is another one than that of the run to resume.
        RuntimeError: If a checkpoint does not fit, or the work dir holds another run.
    """
    cfg = copy.deepcopy(cfg)
    cfg.setdefault('randomness', {})
    if seed is not None:
        cfg.randomness.seed = seed
    if amp:
        enable_amp(cfg)
    if auto_scale_lr:
        enable_auto_scale_lr(cfg)
    check_available(cfg)
    if resume is None:
        check_start(cfg)
    as_given = copy.deepcopy(cfg)
    if not validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    adapt_to_machine(cfg)
    plan = {}
    if resume is not None:
        plan = _set_resume(cfg, resume, seed)
        as_given.randomness = copy.deepcopy(cfg.randomness)
    init_distributed(cfg, launcher)
    if plan and not is_stage:
        check_same(cfg.load_from, plan, as_given)
    runner = build_runner(cfg)
    for sentence in find_late_points(as_given):
        runner.logger.warning(sentence)
    runner.register_hook(CheckTestHook(runner, with_test=not is_stage))  # recipes have built all
    runner.register_hook(_SaveConfigHook(as_given), 'VERY_LOW')
    _check_class_counts(runner, as_given)
    with _work_dir_locked(runner), first_batch_explained(runner):
        runner.train()
    barrier()  # the main process may still be writing the last checkpoint
    checkpoints = _checkpoints_to_test(runner)
    stop_workers(runner)
    del runner
    torch.cuda.empty_cache()
    return checkpoints


def _work_dir_locked(runner: Runner) -> AbstractContextManager:
    """Let no other run write checkpoints into the work dir meanwhile."""
    return folder_locked(runner.work_dir) if is_main_process() else nullcontext()


def _set_resume(cfg: Config, resume: str | Path, seed: int | None) -> dict[str, str]:
    """Name the checkpoint to resume and take over its seed, from which the data order follows.

    Returns what decides the result of the run that has written it; nothing where it does not tell.
    """
    if str(resume) == 'auto':
        folder = Path(cfg.work_dir)
        out_dir = cfg.get('default_hooks', {}).get('checkpoint', {}).get('out_dir')
        if out_dir is not None:
            folder = Path(out_dir) / folder.name
        path = find_resumable(folder)
        if path is None:
            raise FileNotFoundError(
                f'There is nothing to resume: {folder}{sought_in(folder)} holds no checkpoint that '
                'loads; leave --resume out to start anew.')
    else:
        path = str(resume)
        if not Path(path).is_file():
            raise FileNotFoundError(f'There is nothing to resume: {path} {why_no_file(path)}.')
    cfg.load_from, cfg.resume = path, True
    checkpoint = CheckpointLoader.load_checkpoint(path, 'cpu')
    lacking = [key for key in RUN_STATE if key not in checkpoint]
    if lacking:
        raise ValueError(f'{path} is no checkpoint of a training run, it lacks '
                         f'{", ".join(lacking)}: to start from its weights, set load_from.')
    before = checkpoint['meta'].get('seed')
    if before is not None:
        if seed is not None and seed != before:
            raise ValueError(f'{path} was trained with seed {before} and cannot go on with seed '
                             f'{seed}: leave --seed out.')
        cfg.randomness.seed = before
    return stored(checkpoint).get('plan') or {}


def _check_class_counts(runner: Runner, cfg: Config) -> None:
    """Complain before the data are read about counts that nobody will bring."""
    if any(isinstance(hook, ClassCountsHook) for hook in runner.hooks):
        return
    evaluators = [cfg.get('val_evaluator') or [], cfg.get('test_evaluator') or []]
    metrics = [metric for evaluator in evaluators
               for metric in (evaluator if isinstance(evaluator, list) else [evaluator])
               if metric.get('type') in ('ltplug.GroupAccuracy', 'GroupAccuracy')]
    for receiver in [*runner.model.modules(), *map(METRICS.build, metrics)]:
        if hasattr(receiver, 'check_class_counts'):
            receiver.check_class_counts()


def _checkpoints_to_test(runner: Runner) -> dict[str, str]:
    """Return the checkpoints of a finished run by folder of results; ``test`` is the reported."""
    # The resumed one is the last if nothing was left to train.
    last = runner._load_from if runner._resume else None
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook):
            last = hook.last_ckpt or last
            if getattr(hook, 'report', 'last') == 'best':
                if hook.best_ckpt_path is None:
                    raise RuntimeError('There is no best checkpoint, for no epoch was validated: '
                                       'lower train_cfg.val_begin.')
                return {LAST: last, REPORTED: hook.best_ckpt_path}
    return {} if last is None else {REPORTED: last}
