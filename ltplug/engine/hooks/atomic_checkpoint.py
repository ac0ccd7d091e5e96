"""Checkpoints that a kill cannot spoil."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from ltplug.engine.config_check import ConfigError
from ltplug.engine.config_variables import hint, near
from ltplug.registry import HOOKS
from ltplug.utils import is_training
from ltplug.utils.files import TEMPORARY_SUFFIX, write_atomically

BACKEND = 'ltplug_atomic_local'
REPORTS = ('last', 'best')


class AtomicLocalBackend(LocalBackend):
    """mmengine's local files, each written aside and then renamed."""

    def put(self, obj: bytes | BytesIO, filepath: str | Path) -> None:
        """Write bytes to a file, which is either the old or the new one at any moment."""
        content = obj.getvalue() if isinstance(obj, BytesIO) else obj
        Path(filepath).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(filepath, lambda file: file.write(content))


register_backend(BACKEND, AtomicLocalBackend, force=True)


def _is_news(record: logging.LogRecord) -> bool:
    """Tell mmengine's notes on its own deprecated file client from what concerns the user."""
    return not record.getMessage().startswith(('"FileClient" will be', '"HardDiskBackend" is'))


class _DeferredRemoval:
    """A file backend that remembers what to remove."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.paths: list[str] = []

    def remove(self, path: str) -> None:
        self.paths.append(path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


def _without_loading(dataset: Any) -> Any:
    """Return a dataset's config without what only says how images are loaded."""
    if isinstance(dataset, dict):
        return {key: _without_loading(value) for key, value in dataset.items()
                if key not in ('pipeline', 'test_mode', 'lazy_init')}
    return dataset


def _states(schedulers: list | dict | None) -> Iterator[dict]:
    """Yield the scheduler states of a checkpoint, of one optimizer or several."""
    groups = schedulers.values() if isinstance(schedulers, dict) else [schedulers or []]
    for group in groups:
        yield from group


@HOOKS.register_module()
class AtomicCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook``, safe against a kill at any moment.

    A checkpoint is written to a temporary file and renamed, and an older one removed only after
    the newer one is complete. Never mixes two runs: training refuses a folder that holds
    checkpoints already, unless it resumes.

    Args:
        overwrite (bool): Whether training may start in a folder with checkpoints of another run.
            Defaults to False.
        report (str): The checkpoint that is tested at the end and handed on to later stages:
            'last', or 'best' by ``save_best`` on validation data, which must not be the test
            data. Defaults to 'last'.
        **kwargs: Arguments of mmengine's ``CheckpointHook``.

    Raises:
        ValueError: If ``report`` is unknown, or 'best' without one metric in ``save_best``; or if
            a number is none.
    """

    def __init__(self, overwrite: bool = False, report: str = 'last', **kwargs) -> None:
        kwargs.setdefault('backend_args', {'backend': BACKEND})
        for key in ('interval', 'max_keep_ckpts', 'save_begin'):  # compared after an epoch only
            if not isinstance(kwargs.get(key, 0), int):
                raise ValueError(f'default_hooks.checkpoint.{key} must be an integer, got '
                                 f'{kwargs[key]!r}.')
        try:
            super().__init__(**kwargs)
        except ValueError as error:
            if 'Cannot infer the rule' not in str(error):
                raise
            raise ValueError(f"save_best={kwargs['save_best']!r} does not tell whether a high or a "
                             "low value is better: write the whole name of the metric, such as "
                             "'group_accuracy/few', or add rule='greater'.") from None
        if report not in REPORTS:
            raise ValueError(f'report must be one of {", ".join(REPORTS)}, got {report!r}.')
        if report == 'best' and len(self.save_best or ()) != 1:
            raise ValueError("report='best' needs one metric to choose by: set save_best, such as "
                             "save_best='group_accuracy/top1'.")
        self.overwrite = overwrite
        self.report = report

    def before_run(self, runner: Runner) -> None:
        """Refuse to choose a checkpoint on the test set.

        Raises:
            ConfigError: If the best checkpoint is asked for and there are no validation data, or
                they are the test data.
        """
        if self.report == 'last' or not is_training(runner):
            return  # nothing is chosen, or it was while training
        val, test = (runner.cfg.get(f'{part}_dataloader') for part in ('val', 'test'))
        if not val:
            raise ConfigError("default_hooks.checkpoint.report='best' chooses on validation data, "
                              'and there are none: give a val_dataloader (and leave --no-validate '
                              "out), or set report='last'.")
        if test and _without_loading(val['dataset']) == _without_loading(test['dataset']):
            raise ConfigError("default_hooks.checkpoint.report='best' would choose on the test "
                              'set, for val_dataloader and test_dataloader have the same dataset: '
                              'validate on other images (ltplug.HoldOut takes some from the '
                              "training set), or set report='last'.")

    def before_train(self, runner: Runner) -> None:
        """Prepare the folder.

        Raises:
            RuntimeError: If it holds checkpoints of another run.
            ValueError: If the best checkpoint is to be chosen by a metric that there is not.
        """
        runner.logger.addFilter(_is_news)
        super().before_train(runner)
        self._check_save_best(runner)
        folder = Path(self.out_dir)
        found = sorted(folder.glob(self.filename_tmpl.format('*')))
        if found and not runner._resume and not self.overwrite:
            raise RuntimeError(
                f'{folder} holds checkpoints of an earlier run ({found[-1].name}): add --resume to '
                'continue it, or choose another --work-dir.')
        if is_main_process():
            for leftover in folder.glob(f'*{TEMPORARY_SUFFIX}'):
                leftover.unlink()

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep a resumed file from naming files to delete outside the run's folder.

        mmengine removes the former best checkpoint by the path it finds in the file. Only the name
        is taken, which also lets a moved folder go on with its own files.
        """
        if not runner._resume:
            return
        info = checkpoint.get('message_hub', {}).get('runtime_info', {})
        folder = Path(runner.work_dir)
        if self.out_dir is not None:
            folder = Path(self.out_dir) / folder.name  # where mmengine puts the files of this run
        for key in [key for key in info if key.startswith(('best_ckpt', 'last_ckpt'))]:
            info[key] = str(folder / Path(str(info[key])).name)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Leave functions out of the schedulers' states; their constructors set them anyway."""
        for state in _states(checkpoint.get('param_schedulers')):
            for key in [key for key, value in state.items() if callable(value)]:
                state.pop(key)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        with self._removal_after_success():
            super()._save_checkpoint_with_step(runner, step, meta)

    def _check_save_best(self, runner: Runner) -> None:
        """Compare ``save_best`` with the names of metrics, as far as metrics tell them."""
        metrics = getattr(getattr(runner.val_loop, 'evaluator', None), 'metrics', [])
        prefixes = [metric.prefix for metric in metrics]
        if not metrics or None in prefixes:
            return
        known = [f'{metric.prefix}/{name}' for metric in metrics
                 for name in getattr(metric, 'metric_names', ())]
        for name in self.save_best or ():
            told = [metric for metric in metrics if metric.prefix == name.partition('/')[0]]
            may_be = name in known or not all(hasattr(metric, 'metric_names') for metric in told)
            if name != 'auto' and not (told and may_be):
                self._refuse(name, known or [f'{prefix}/...' for prefix in prefixes])

    @staticmethod
    def _refuse(name: str, known: list[str]) -> None:
        raise ValueError(f'default_hooks.checkpoint.save_best names {name!r}, which is no metric '
                         f'of val_evaluator{hint(near(name, known))}: they are '
                         f'{", ".join(known)}.')

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        for name in self.save_best or ():
            if name != 'auto' and name not in metrics:
                self._refuse(name, list(metrics))
        with self._removal_after_success():
            super()._save_best_checkpoint(runner, metrics)

    @contextmanager
    def _removal_after_success(self) -> Iterator[None]:
        backend = self.file_backend
        self.file_backend = _DeferredRemoval(backend)
        try:
            yield
            paths = self.file_backend.paths
        finally:
            self.file_backend = backend
        for path in paths:
            backend.remove(path)
