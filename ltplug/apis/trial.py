"""Trying out, before a training runs for hours, what it needs only later."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import CheckpointLoader, Runner
from mmpretrain.models import BaseRetriever

from ltplug.engine import ClassCountsHook
from ltplug.engine.checkpoint_fit import Shapes
from ltplug.engine.config_check import ConfigError
from ltplug.utils import (
    built_loops,
    evaluation_mode,
    random_streams_kept,
    unwrap_model,
    why_no_file,
)

from .first_batch import told

IMAGES = 4
"""Images of a trial batch: of those whose samplers make batches of two parts, two of each."""
_OURS = ('mmengine', 'mmpretrain', 'ltplug')


class CheckTestHook(Hook):
    """Tries validation and test once a training is about to begin, so that mistakes are told.

    Args:
        runner (Runner): Of the training. Its loops of validation and test are built at once.
        with_test (bool): Whether the test is tried too. Defaults to True.
    """

    priority = 'VERY_LOW'

    def __init__(self, runner: Runner, with_test: bool = True) -> None:
        self._configs = (runner._test_loop, runner._test_dataloader) if with_test else None
        if with_test:
            build_evaluation(runner)

    def before_run(self, runner: Runner) -> None:
        """Tell the metrics of the test the class counts."""
        if self._configs is not None:
            tell_test(runner)

    def before_train(self, runner: Runner) -> None:
        """Predict two images of each, and let go of the test."""
        # a network would be compiled for two images
        if not runner.cfg.get('compile') and not runner.cfg.get('compile_backbone'):
            with evaluation_mode(unwrap_model(runner.model)), random_streams_kept():
                _try_predictions(runner)
        if self._configs is not None:
            runner._test_loop, runner._test_dataloader = self._configs


def build_evaluation(runner: Runner) -> None:
    """Build the loops of validation and test, of which each is there.

    Args:
        runner (Runner): A runner. Data that validation has read are not read again for the test.
    """
    with random_streams_kept():
        if runner._val_loop is not None:
            runner.val_loop  # noqa: B018
            if runner.cfg.get('test_dataloader') == runner.cfg.get('val_dataloader'):
                runner._test_dataloader = runner.val_dataloader
        if runner._test_loop is not None:
            runner.test_loop  # noqa: B018


def tell_test(runner: Runner) -> None:
    """Tell the metrics of the test the class counts, where both are known.

    Args:
        runner (Runner): A runner that has counted.
    """
    for hook in runner.hooks:
        if isinstance(hook, ClassCountsHook) and hook.group_counts is not None:
            hook.before_test_epoch(runner)


def read_start(cfg: Config) -> Shapes | None:
    """Return the shapes of the weights that a config starts from.

    Args:
        cfg (Config): Of a training.

    Returns:
        dict[str, torch.Size], optional: By name; None where it starts from none, or they would
        have to be fetched.

    Raises:
        ConfigError: If the file does not exist.
    """
    path = cfg.get('load_from')
    if path is None or '://' in str(path):
        return None
    check_start(cfg)
    checkpoint = CheckpointLoader.load_checkpoint(str(path), 'cpu')
    return {key.removeprefix('module.'): value.shape
            for key, value in checkpoint.get('state_dict', checkpoint).items()}


def check_start(cfg: Config) -> None:
    """Refuse a config that starts from a checkpoint which is not there.

    Args:
        cfg (Config): Of a training.

    Raises:
        ConfigError: If the file does not exist.
    """
    path = cfg.get('load_from')
    if path is not None and '://' not in str(path) and not Path(path).expanduser().is_file():
        raise ConfigError(f'load_from names {path}, which {why_no_file(path)}: correct the path, '
                          'or leave load_from out.')


def try_batches(runner: Runner, trains: bool = True, is_dry: bool = True) -> None:
    """Compute the loss of some training images, and predictions of two images of each other part.

    No gradient is computed, no weight moves and no random stream advances.

    Args:
        runner (Runner): Whose loops are built. It is not to be used afterwards.
        trains (bool): Whether there is a training part to try. Defaults to True.
        is_dry (bool): Whether no training follows. Where one does, nothing is tried if hooks of
            other projects would have to be called for it. Defaults to True.

    Raises:
        ConfigError: If that fails.
    """
    hooks = [hook for hook in runner.hooks if trains and _prepares(hook)]
    if not is_dry and any(map(_is_foreign, hooks)):
        return
    model = unwrap_model(runner.model)
    with random_streams_kept():
        for hook in hooks:
            hook.before_train(runner)
            hook.before_train_epoch(runner)
        if trains:
            _tell(_loss, 'The loss of some training images', model, runner.train_dataloader)
        _try_predictions(runner, trains)


def _prepares(hook: Hook) -> bool:
    """Return whether a model may need a hook: those of ltplug say so, others may if they act."""
    acts = any(getattr(type(hook), step) is not getattr(Hook, step)
               for step in ('before_train', 'before_train_epoch'))
    return acts and getattr(hook, 'prepares_model', _is_foreign(hook))


def _is_foreign(hook: Hook) -> bool:
    return type(hook).__module__.partition('.')[0] not in _OURS


def _try_predictions(runner: Runner, with_metrics: bool = True) -> None:
    """Predict two images of validation and test data, of which each is built."""
    if isinstance(unwrap_model(runner.model), BaseRetriever):
        return  # a first prediction makes, and keeps, what all others are compared with
    for part, loop in built_loops(runner).items():
        if part != 'train' and len(loop.dataloader.dataset):
            _tell(_predict, f'The prediction of two images of {part}_dataloader',
                  unwrap_model(runner.model), loop, with_metrics)


def _tell(function: Callable, what: str, *arguments: Any) -> None:
    try:
        function(*arguments)
    except Exception as error:
        raise told(error, what) from error


def _loss(model: torch.nn.Module, loader: Any) -> None:
    model.train()
    draws = list(next(iter(loader.batch_sampler)))
    few = draws[:IMAGES // 2] + draws[-IMAGES // 2:] if len(draws) > IMAGES else draws
    try:
        _loss_of(model, loader, few)
    except Exception:
        if few is draws:
            raise
        _loss_of(model, loader, draws)  # some methods take batches of their own size only


def _loss_of(model: torch.nn.Module, loader: Any, draws: list) -> None:
    batch = model.data_preprocessor(loader.collate_fn([loader.dataset[draw] for draw in draws]),
                                    True)
    model.parse_losses(model._run_forward(batch, mode='loss'))


def _predict(model: torch.nn.Module, loop: Any, with_metrics: bool) -> None:
    loader = loop.dataloader
    samples = [loader.dataset[index] for index in range(min(2, len(loader.dataset)))]
    model.eval()
    with torch.no_grad():
        batch = loader.collate_fn(samples)
        outputs = model.test_step(batch)
        if with_metrics:  # which need the class counts of the training data
            loop.evaluator.process(data_samples=outputs, data_batch=batch)
            for metric in getattr(loop.evaluator, 'metrics', ()):
                metric.results.clear()
