"""Test a checkpoint."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.engine.checkpoint_io import secure_loading
from ltplug.evaluation import GroupAccuracy, PredictionRecord
from ltplug.evaluation.save_predictions import SUFFIXES
from ltplug.models.heads import weight_norms
from ltplug.reports import (
    PREDICTIONS_FILE,
    RESULTS_FILE,
    RUN_FILE,
    TEST_FOLDER,
    describe_run,
    note_run,
    only_warn,
    report_run,
)
from ltplug.utils import sought_in, unwrap_model, why_no_file, write_atomically, write_json

from .config import adapt_to_machine, default_work_dir, load_config
from .distributed import init_distributed, process_group_closed_at_end
from .overrides import overrides_explained
from .runner import build_runner, counts_of, stop_workers

REPORTED, LAST = TEST_FOLDER, 'test_last'
"""Folders of the results of the reported checkpoint, and of the last one where that is another."""


def test(config: str | Path | Config,
         checkpoint: str | Path,
         work_dir: str | Path | None = None,
         out: str | Path | None = None,
         cfg_options: dict[str, Any] | None = None,
         launcher: str = 'none',
         trust_checkpoint: bool = False) -> dict[str, Any]:
    """Test a checkpoint and log the table of groups.

    The metrics and, per class, accuracies and training counts are written to
    ``<work_dir>/results.json``, what was predicted of every image to ``predictions.npz``, and the
    report of both to ``report.html``.

    Args:
        config (str, Path or Config): The config the checkpoint was trained with.
        checkpoint (str or Path): The checkpoint file, or an http address.
        work_dir (str or Path, optional): Defaults to ``work_dirs/<config name>/test``.
        out (str or Path, optional): Where to write the predictions, .npz or .json.
        cfg_options (dict[str, Any], optional): Overrides by dotted key.
        launcher (str): 'none', 'pytorch', 'slurm' or 'mpi'. Defaults to 'none'.
        trust_checkpoint (bool): Whether to load files that may run code. Defaults to False.

    Returns:
        dict[str, Any]: ``metrics`` (by full name) and one entry per ``GroupAccuracy``
        under ``groups``.

    Raises:
        ConfigError: If the config has a mistake.
        FileNotFoundError: If there is no such file.
        UntrustedCheckpointError: If the checkpoint asks for more than weights.
        RuntimeError: If it does not fit the model, or holds no class counts.
    """
    with overrides_explained(config, cfg_options):
        return _test_once(load_config(config, cfg_options), str(checkpoint), work_dir, out,
                          launcher, trust_checkpoint)


def _test_once(cfg: Config, checkpoint: str, work_dir: str | Path | None, out: str | Path | None,
               launcher: str, trust_checkpoint: bool) -> dict[str, Any]:
    if out is not None and Path(out).suffix not in SUFFIXES:
        raise ValueError(f'--out writes .npz or .json, not {str(out)!r}.')
    if '://' not in checkpoint and not Path(checkpoint).is_file():
        raise FileNotFoundError(f'There is no checkpoint {checkpoint}{sought_in(checkpoint)}.'
                                if not Path(checkpoint).is_dir() else
                                f'{checkpoint} {why_no_file(checkpoint)}.')
    cfg.work_dir = str(work_dir or Path(default_work_dir(cfg)) / 'test')
    with process_group_closed_at_end():
        results = _test(cfg, checkpoint, out, launcher, trust_checkpoint)
        report_run(cfg.work_dir)
    return results


def _test(cfg: Config, checkpoint: str, out: str | Path | None = None, launcher: str = 'none',
          trust_checkpoint: bool = False) -> dict[str, Any]:
    """Test a checkpoint of a checked config, which is changed, and write all but the report."""
    if not cfg.get('test_dataloader'):
        raise ValueError('The config has no test_dataloader, so there is nothing to test on.')
    as_given = copy.deepcopy(cfg)
    cfg.load_from, cfg.resume, cfg.sync_bn = checkpoint, False, None
    if out is not None:
        evaluators = cfg.test_evaluator
        evaluators = list(evaluators) if isinstance(evaluators, list | tuple) else [evaluators]
        cfg.test_evaluator = [*evaluators, dict(type='ltplug.SavePredictions', out_file=str(out))]
    adapt_to_machine(cfg)
    with process_group_closed_at_end(), secure_loading(trust_checkpoint):
        init_distributed(cfg, launcher)
        runner = build_runner(cfg)
        hook, record = _TestHook(), PredictionRecord()
        runner.register_hook(hook)
        runner.test_loop.evaluator.metrics.append(record)
        metrics = runner.test()
        stop_workers(runner)
        results = {'checkpoint': checkpoint, 'metrics': metrics, 'groups': _details(runner)}
        if is_main_process():
            folder = Path(runner.work_dir)
            write_json(folder / RESULTS_FILE, results)
            with only_warn(PREDICTIONS_FILE):
                _write_record(folder / PREDICTIONS_FILE, record.record, runner)
            with only_warn(RUN_FILE):
                note_run(folder, describe_run(as_given, hook.seed, *counts_of(runner)))
    return results


class _TestHook(Hook):
    """Reads the seed off the checkpoint, and gives the metrics to all visualization back-ends."""

    seed: int | None = None

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        self.seed = checkpoint.get('meta', {}).get('seed')

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        numbers = {f'test/{name}': value for name, value in (metrics or {}).items()
                   if isinstance(value, int | float)}
        runner.visualizer.add_scalars(numbers)


def _write_record(path: Path, record: dict[str, np.ndarray], runner: Runner) -> None:
    """Write what was predicted, and the lengths of the classifier's weight vectors."""
    record = dict(record)
    norms = weight_norms(getattr(unwrap_model(runner.model), 'head', None))
    if norms is not None:
        record['weight_norms'] = norms.detach().cpu().numpy()
    write_atomically(path, lambda file: np.savez_compressed(file, **record))


def test_checkpoints(config: Config,
                     checkpoints: Mapping[str, str],
                     work_dir: Path,
                     launcher: str = 'none',
                     trust_checkpoint: bool = False) -> dict[str, Any]:
    """Test the checkpoints that a training has left.

    Args:
        config (Config): The config of the training.
        checkpoints (Mapping[str, str]): Files by the folder of their results.
        work_dir (Path): Where these folders are made.
        launcher (str): As in :func:`test`. Defaults to 'none'.
        trust_checkpoint (bool): As in :func:`test`. Defaults to False.

    Returns:
        dict[str, Any]: The result of the reported one; empty where nothing is tested.
    """
    if not config.get('test_dataloader'):
        return {}
    results = {}
    for folder, checkpoint in checkpoints.items():
        cfg = load_config(config)
        cfg.work_dir = str(work_dir / folder)
        results[folder] = _test(cfg, checkpoint, None, launcher, trust_checkpoint)
    return results.get(REPORTED, {})


def _details(runner: Runner) -> list[dict]:
    return [metric.details for metric in runner.test_evaluator.metrics
            if isinstance(metric, GroupAccuracy) and metric.details]
