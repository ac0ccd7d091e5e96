"""What ``tools/train.py`` does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ltplug.engine.config_check import ConfigError

from .config import read_config
from .distributed import init_distributed, process_group_closed_at_end
from .overrides import overrides_explained
from .recipes.plan import load_recipe
from .recipes.running import run_recipe
from .recipes.seeds import run_seeds
from .training import train


def run(config: str | Path | Config,
        work_dir: str | Path | None = None,
        resume: str | Path | bool | None = None,
        stages: Sequence[str] | str | None = None,
        amp: bool = False,
        cfg_options: dict[str, Any] | None = None,
        seed: int | None = None,
        seeds: Sequence[int] | None = None,
        launcher: str = 'none',
        validate: bool = True,
        trust_checkpoint: bool = False,
        dry_run: bool = False,
        pretrain: str | Path | None = None,
        auto_scale_lr: bool = False) -> dict[str, Any]:
    """Do what ``tools/train.py`` does: train a config or run a recipe, with one seed or several.

    Args:
        config (str, Path or Config): The config or recipe, its file, or the name of a shipped one.
        work_dir (str or Path, optional): Defaults to the config's, else
            ``work_dirs/<config name>``. With ``seeds``, each has a folder ``seed_N`` in it.
        resume (str, Path or bool, optional): 'auto' or True, or a checkpoint of the one training.
        stages (Sequence[str] or str, optional): Of a recipe, the stages to run. Defaults to all.
        amp (bool): Whether to train in mixed precision. Defaults to False.
        cfg_options (dict[str, Any], optional): Overrides by dotted key.
        seed (int, optional): Instead of the config's.
        seeds (Sequence[int], optional): One whole run for each.
        launcher (str): 'none', 'pytorch', 'slurm' or 'mpi'. Defaults to 'none'.
        validate (bool): Whether to evaluate during training. Defaults to True.
        trust_checkpoint (bool): Whether to load files that may run code. Defaults to False.
        dry_run (bool): Whether to check and show the plan only. Defaults to False.
        pretrain (str or Path, optional): A config that learns features; its backbone is what the
            config or recipe starts from.
        auto_scale_lr (bool): Whether to fit the learning rate to the batch size of all processes,
            see :func:`ltplug.apis.config.enable_auto_scale_lr`. Defaults to False: as the config
            says.

    Returns:
        dict[str, Any]: The result of a config, the results of a recipe by stage, or with
        ``seeds`` what :func:`summarize` returns.

    Raises:
        ConfigError: If the config has a mistake, or an option does not suit it.
        FileNotFoundError: If there is nothing to resume.
    """
    if isinstance(resume, bool):
        resume = 'auto' if resume else None
    if isinstance(stages, str):
        stages = [stages]
    for name, value, kind, meant in (
            ('config', config, str | Path | Config, "a file, a name or mmengine's Config"),
            ('cfg_options', cfg_options or {}, Mapping, "a dict as {'train_cfg.max_epochs': 5}"),
            ('seeds', seeds or [], Sequence, 'a list as [0, 1, 2]; one seed alone is seed')):
        if not isinstance(value, kind):
            raise ConfigError(f'{name} must be {meant}, got {value!r}.')
    with overrides_explained(config, cfg_options):
        return _run(config, work_dir, resume, stages, seed, seeds, dry_run, pretrain, dict(
            amp=amp, cfg_options=cfg_options, launcher=launcher, validate=validate,
            trust_checkpoint=trust_checkpoint, auto_scale_lr=auto_scale_lr))


def _run(config: str | Path | Config, work_dir: str | Path | None, resume: str | Path | None,
         stages: Sequence[str] | None, seed: int | None, seeds: Sequence[int] | None, dry_run: bool,
         pretrain: str | Path | None, common: dict[str, Any]) -> dict[str, Any]:
    is_recipe = pretrain is not None or 'stages' in read_config(config)
    if stages is not None and not is_recipe:
        raise ConfigError('--stages is for recipes, and this config has no stages: leave it out.')
    if not is_recipe and not seeds and not dry_run:
        return train(config, work_dir, resume, seed=seed, **common)
    if resume not in (None, 'auto'):
        raise ConfigError(f'--resume takes a checkpoint for a single training only, got {resume}: '
                          'write --resume alone.')

    def run_once(folder: str | Path | None, seed: int | None, resume: bool) -> dict:
        return run_recipe(config, folder, resume, stages, seed=seed, dry_run=dry_run,
                          pretrain=pretrain, **common)

    if not seeds or dry_run:
        return run_once(work_dir, seed, resume is not None)
    work_dir = Path(load_recipe(config, common['cfg_options'], work_dir, pretrain).work_dir)
    with process_group_closed_at_end():
        init_distributed(Config(), common['launcher'])
        return run_seeds(run_once, work_dir, seeds, resume is not None)
