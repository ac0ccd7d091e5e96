"""The same run with several seeds."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.dist import is_main_process

from ltplug.apis.config import read_config
from ltplug.apis.distributed import init_distributed, process_group_closed_at_end
from ltplug.apis.training import train
from ltplug.engine.config_check import ConfigError
from ltplug.evaluation.tables import spread_table
from ltplug.utils import write_json

from .plan import load_recipe
from .report import group_metrics
from .running import LOG_FILE, make_logger, run_recipe
from .state import STATE_FILE

SEEDS_FILE = 'seeds.json'


def run(config: str | Path | Config,
        work_dir: str | Path | None = None,
        resume: str | Path | None = None,
        stages: Sequence[str] | None = None,
        amp: bool = False,
        cfg_options: dict[str, Any] | None = None,
        seed: int | None = None,
        seeds: Sequence[int] | None = None,
        launcher: str = 'none',
        validate: bool = True,
        trust_checkpoint: bool = False,
        dry_run: bool = False) -> dict[str, Any]:
    """Do what ``tools/train.py`` does: train a config or run a recipe, with one seed or several.

    Args:
        config (str, Path or Config): The config or recipe, or its file.
        work_dir (str or Path, optional): Defaults to the config's, else
            ``work_dirs/<config name>``. With ``seeds``, each has a folder ``seed_N`` in it.
        resume (str or Path, optional): 'auto', or a checkpoint of the one training.
        stages (Sequence[str], optional): Of a recipe, the stages to run. Defaults to all.
        amp (bool): Whether to train in mixed precision. Defaults to False.
        cfg_options (dict[str, Any], optional): Overrides by dotted key.
        seed (int, optional): Instead of the config's.
        seeds (Sequence[int], optional): One whole run for each.
        launcher (str): 'none', 'pytorch', 'slurm' or 'mpi'. Defaults to 'none'.
        validate (bool): Whether to evaluate during training. Defaults to True.
        trust_checkpoint (bool): Whether to load files that may run code. Defaults to False.
        dry_run (bool): Whether to check and show the plan only. Defaults to False.

    Returns:
        dict[str, Any]: The result of a config, the results of a recipe by stage, or with
        ``seeds`` what :func:`summarize` returns.

    Raises:
        ConfigError: If the config has a mistake, or an option does not suit it.
        FileNotFoundError: If there is nothing to resume.
    """
    is_recipe = 'stages' in read_config(config)
    if stages is not None and not is_recipe:
        raise ConfigError('--stages is for recipes, and this config has no stages: leave it out.')
    common = dict(amp=amp, cfg_options=cfg_options, launcher=launcher, validate=validate,
                  trust_checkpoint=trust_checkpoint)
    if not is_recipe and not seeds and not dry_run:
        return train(config, work_dir, resume, seed=seed, **common)
    if resume not in (None, 'auto'):
        raise ConfigError(f'--resume takes a checkpoint for a single training only, got {resume}: '
                          'write --resume alone.')

    def run_once(folder: str | Path | None, seed: int | None, resume: bool) -> dict:
        return run_recipe(config, folder, resume, stages, seed=seed, dry_run=dry_run, **common)

    if not seeds or dry_run:
        return run_once(work_dir, seed, resume is not None)
    repeated = [seed for seed in seeds if list(seeds).count(seed) > 1]
    if repeated:
        raise ConfigError(f'--seeds names {repeated[0]} twice: give different seeds.')
    work_dir = Path(load_recipe(config, cfg_options, work_dir).work_dir)
    with process_group_closed_at_end():
        init_distributed(Config(), launcher)
        return _run_seeds(run_once, work_dir, seeds, resume is not None)


def _run_seeds(run_once: Callable[[Path, int, bool], dict], work_dir: Path, seeds: Sequence[int],
               resume: bool) -> dict[str, Any]:
    folders = {seed: work_dir / f'seed_{seed}' for seed in seeds}
    begun = [seed for seed, folder in folders.items() if (folder / STATE_FILE).is_file()]
    if begun and not resume:
        raise ValueError(f'{folders[begun[0]]} holds an earlier run: add --resume to continue it, '
                         'or choose another --work-dir.')
    if resume and not begun:
        raise FileNotFoundError(f'There is nothing to resume in {work_dir}: leave --resume out to '
                                'start anew.')
    logger = make_logger(work_dir / LOG_FILE)
    results = {}
    for seed, folder in folders.items():
        logger.info(f'Seed {seed}, in {folder}')
        results[seed] = run_once(folder, seed, seed in begun)
    summary = summarize(results)
    if is_main_process():
        write_json(work_dir / SEEDS_FILE, summary)
    for stage, each in summary.items():
        logger.info('\n' + spread_table(
            each['mean'], each['std'], each['groups'], each['class_counts'],
            f'Stage {stage}: accuracy (%), mean ± standard deviation of seeds '
            f'{", ".join(map(str, seeds))}'))
    return summary


def summarize(results: Mapping[int, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return mean and standard deviation over seeds.

    Args:
        results (Mapping[int, Mapping]): By seed, what :func:`run_recipe` returns.

    Returns:
        dict[str, dict]: By stage: ``groups`` and ``class_counts`` of
        the table, ``seeds`` (metrics by seed), ``mean`` and ``std`` (of the sample, n - 1) by
        metric; accuracies in percent.
    """
    by_stage: dict[str, dict[int, Mapping]] = {}
    for seed, stages in results.items():
        for stage, each in stages.items():
            if each.get('groups'):
                by_stage.setdefault(stage, {})[seed] = each
    summary = {}
    for stage, each in by_stage.items():
        metrics = {seed: group_metrics(result) for seed, result in each.items()}
        keys = [key for key in next(iter(metrics.values()))
                if all(key in values for values in metrics.values())]
        values = {key: [metrics[seed][key] for seed in metrics] for key in keys}
        shown = next(iter(each.values()))['groups'][0]
        summary[stage] = {
            'groups': shown['groups'], 'class_counts': shown['class_counts'],
            'seeds': metrics,
            'mean': {key: float(np.mean(numbers)) for key, numbers in values.items()},
            'std': {key: float(np.std(numbers, ddof=1)) if len(numbers) > 1 else 0.0
                    for key, numbers in values.items()},
        }
    return summary
