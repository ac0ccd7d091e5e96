"""Trying out, before a training runs for hours, what it needs only later."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import CheckpointLoader, Runner

from ltplug.engine import ClassCountsHook
from ltplug.engine.checkpoint_fit import Shapes
from ltplug.engine.config_check import ConfigError
from ltplug.utils import built_loops, random_streams_kept, sought_in, unwrap_model

IMAGES = 4
"""Images of a trial batch: of those whose samplers make batches of two parts, two of each."""
_OURS = ('mmengine', 'mmpretrain', 'ltplug')


class CheckTestHook(Hook):
    """Holds what tests a training until this begins, so that mistakes in it are told.

    Args:
        runner (Runner): Of the training. Its loops of validation and test are built at once.
    """

    priority = 'VERY_LOW'

    def __init__(self, runner: Runner) -> None:
        self._configs = runner._test_loop, runner._test_dataloader
        build_evaluation(runner)

    def before_run(self, runner: Runner) -> None:
        """Tell the metrics of the test the class counts, and let go of it."""
        tell_test(runner)
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
        raise ConfigError(f'load_from names {path}, which does not exist'
                          f'{sought_in(path)}: correct the path, or leave load_from out.')


def try_batches(runner: Runner, trains: bool = True) -> None:
    """Compute the loss of some training images, and predictions of two images of each other part.

    No gradient is computed, no weight moves and no random stream advances.

    Args:
        runner (Runner): Whose loops are built. It is not to be used afterwards.
        trains (bool): Whether there is a training part to try. Defaults to True.

    Raises:
        ConfigError: If that fails.
    """
    model = unwrap_model(runner.model)
    with random_streams_kept():
        if trains:
            _prepare(runner)
            _tell(_loss, 'The loss of some training images', model, runner.train_dataloader)
        for part, loop in built_loops(runner).items():
            if part != 'train':
                _tell(_predict, f'The prediction of two images of {part}_dataloader', model, loop,
                      trains)


def _prepare(runner: Runner) -> None:
    """Let hooks prepare the model: those of ltplug that say so, and all of other projects."""
    for hook in runner.hooks:
        is_foreign = type(hook).__module__.partition('.')[0] not in _OURS
        if getattr(hook, 'prepares_model', is_foreign):
            hook.before_train(runner)
            hook.before_train_epoch(runner)


def _tell(function: Callable, what: str, *arguments: Any) -> None:
    try:
        function(*arguments)
    except Exception as error:
        text = str(error).strip().splitlines() or ['no reason was given']
        raise ConfigError(f'{what} cannot be computed ({type(error).__name__}: {text[0]}): compare '
                          'the shapes and numbers that data_preprocessor, pipeline and model of '
                          'the config name.') from error


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
