"""Test a checkpoint."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.runner import Runner

from ltplug.engine.checkpoint_io import secure_loading
from ltplug.evaluation import GroupAccuracy
from ltplug.evaluation.save_predictions import SUFFIXES
from ltplug.utils import write_json

from .config import adapt_to_machine, default_work_dir, load_config
from .distributed import init_distributed, process_group_closed_at_end
from .runner import build_runner, stop_workers

RESULTS_FILE = 'results.json'
REPORTED, LAST = 'test', 'test_last'
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
    ``<work_dir>/results.json``.

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
    cfg = load_config(config, cfg_options)
    if not cfg.get('test_dataloader'):
        raise ValueError('The config has no test_dataloader, so there is nothing to test on.')
    if out is not None and Path(out).suffix not in SUFFIXES:
        raise ValueError(f'--out writes .npz or .json, not {str(out)!r}.')
    checkpoint = str(checkpoint)
    if '://' not in checkpoint and not Path(checkpoint).is_file():
        raise FileNotFoundError(f'There is no checkpoint {checkpoint}.')
    cfg.work_dir = str(work_dir or Path(default_work_dir(cfg)) / 'test')
    cfg.load_from, cfg.resume = checkpoint, False
    if out is not None:
        evaluators = cfg.test_evaluator
        evaluators = list(evaluators) if isinstance(evaluators, list | tuple) else [evaluators]
        cfg.test_evaluator = [*evaluators, dict(type='ltplug.SavePredictions', out_file=str(out))]
    adapt_to_machine(cfg)
    with process_group_closed_at_end(), secure_loading(trust_checkpoint):
        init_distributed(cfg, launcher)
        runner = build_runner(cfg)
        metrics = runner.test()
        stop_workers(runner)
        results = {'checkpoint': checkpoint, 'metrics': metrics, 'groups': _details(runner)}
        if is_main_process():
            write_json(Path(runner.work_dir) / RESULTS_FILE, results)
    return results


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
    results = {folder: test(config, checkpoint, work_dir / folder, launcher=launcher,
                            trust_checkpoint=trust_checkpoint)
               for folder, checkpoint in checkpoints.items()}
    return results.get(REPORTED, {})


def _details(runner: Runner) -> list[dict]:
    return [metric.details for metric in runner.test_evaluator.metrics
            if isinstance(metric, GroupAccuracy) and metric.details]
