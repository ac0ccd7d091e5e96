"""The same run with several seeds."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import is_main_process

from ltplug.engine.config_check import ConfigError
from ltplug.evaluation.tables import spread_table
from ltplug.utils import write_json

from .report import group_metrics
from .running import LOG_FILE
from .stage_runner import make_logger
from .state import STATE_FILE

SEEDS_FILE = 'seeds.json'


def run_seeds(run_once: Callable[[Path, int, bool], dict], work_dir: Path, seeds: Sequence[int],
              resume: bool) -> dict[str, dict[str, Any]]:
    """Run everything once per seed; log mean and standard deviation.

    Args:
        run_once (Callable): Called with folder, seed and whether to resume; returns what
            :func:`run_recipe` does.
        work_dir (Path): Gets a folder ``seed_N`` for each, and ``seeds.json``.
        seeds (Sequence[int]): The seeds.
        resume (bool): Whether to go on with what an earlier call has begun.

    Returns:
        dict[str, dict]: What :func:`summarize` returns.

    Raises:
        ValueError: If a seed is named twice, or a folder holds an earlier run.
        FileNotFoundError: If there is nothing to resume.
    """
    repeated = [seed for seed in seeds if list(seeds).count(seed) > 1]
    if repeated:
        raise ConfigError(f'--seeds names {repeated[0]} twice: give different seeds.')
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
