"""Sets the temperatures of classes while features are learned."""

import time
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose
from mmengine.dist import broadcast, is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ltplug.datasets import class_counts, gt_labels, with_pipeline
from ltplug.engine.features import Projection, extract_features
from ltplug.models.utils import ClassTemperatures
from ltplug.ops import class_temperatures
from ltplug.registry import HOOKS, TRANSFORMS
from ltplug.utils import check_epochs, is_training, unwrap_model


@HOOKS.register_module()
class ClassTemperatureHook(Hook):
    """Sets the temperature of every class by the spread of its features.

    Hou et al., "Subclass-balancing Contrastive Learning for Long-tailed Recognition", 2023,
    eq. 5-6, for :class:`SupCon` and :class:`SupConMoCo` with ``dynamic_temperature=True``. At the
    beginning of an epoch that is due, the projected features of all training images are computed
    in evaluation mode, each once, shared by all processes; then the first process computes the
    temperatures (:func:`ltplug.ops.class_temperatures`) and tells the others. Until then all
    classes have the temperature of the loss.

    The result lives in buffers of the model, which are made before an averaged copy of the model
    (EMA) or a resumed checkpoint needs them. A run resumed inside an interval goes on with the
    temperatures that it had. Epochs count from 0.

    Args:
        pipeline (list[dict]): Transforms of an image whose features are computed, usually those of
            the test set; they replace the transforms of the training dataset.
        warmup_epochs (int): Epochs before the first computation, T0. Defaults to 10.
        interval (int, optional): An epoch from T0 on is due if it is a multiple of the interval, or
            nothing is computed yet. None computes only once. Defaults to 10.
        alpha (float): Of the temperatures, at least 1. Defaults to 10.
        batch_size (int): Images per step and process. Defaults to 256.
        num_workers (int): Loading processes of each process. Defaults to 2.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        In a config::

            model = dict(dynamic_temperature=True)
            default_hooks = dict(
                temperatures=dict(
                    type='ltplug.ClassTemperatureHook',
                    pipeline=[dict(type='PackInputs')],
                    warmup_epochs=10,
                    interval=10))
    """

    priority = 'VERY_HIGH'  # before EMAHook copies the model
    _table_name = 'temperatures'
    _models = 'ltplug.SupCon or ltplug.SupConMoCo with dynamic_temperature=True'

    def __init__(self,
                 pipeline: list[dict],
                 warmup_epochs: int = 10,
                 interval: int | None = 10,
                 alpha: float = 10.0,
                 batch_size: int = 256,
                 num_workers: int = 2) -> None:
        if warmup_epochs < 0 or (interval is not None and interval < 1) or not alpha >= 1:
            raise ValueError('warmup_epochs must be at least 0, interval and alpha at least 1, got '
                             f'{warmup_epochs}, {interval} and {alpha}.')
        self.pipeline = Compose([TRANSFORMS.build(step) for step in pipeline])
        self.warmup_epochs = warmup_epochs
        self.interval = interval
        self.alpha = alpha
        self.batch_size = batch_size
        self.num_workers = num_workers

    def before_run(self, runner: Runner) -> None:
        """Make room in the model, when the run is a training run.

        Raises:
            ValueError: If the model has no place for the result, the loop no epochs, the samples
                no labels, or training ends before the first computation.
        """
        if not is_training(runner):
            return
        name = type(self).__name__
        check_epochs(runner, f'{name} counts epochs')
        if self.warmup_epochs >= runner.max_epochs:
            raise ValueError(f'A training of {runner.max_epochs} epochs ends before the '
                             f'{self.warmup_epochs} of warm-up: lower warmup_epochs.')
        model = unwrap_model(runner.model)
        table = getattr(model, self._table_name, None)
        if not isinstance(table, ClassTemperatures):
            raise ValueError(f'{name} finds no {self._table_name} in {type(model).__name__}: use a '
                             f'model of type {self._models}.')
        dataset = runner.train_dataloader.dataset
        self._labels = gt_labels(dataset)
        self._num_classes = len(class_counts(dataset))
        self._allocate(table, model.loss_module.temperature, dataset)

    def before_train_epoch(self, runner: Runner) -> None:
        """Set the temperatures, when it is time."""
        model = unwrap_model(runner.model)
        table = getattr(model, self._table_name)
        if not self._is_due(runner.epoch, table):
            return
        dataset = with_pipeline(runner.train_dataloader.dataset, self.pipeline)
        start = time.perf_counter()
        features = extract_features(Projection(model), dataset, self.batch_size, self.num_workers)
        extraction = time.perf_counter() - start
        temperatures = torch.empty_like(table.class_temperature)
        if is_main_process():
            temperatures.copy_(torch.from_numpy(
                self._temperatures(features, model.loss_module.temperature)))
        broadcast(temperatures, src=0)
        self._fill(runner, table, temperatures, features, extraction)

    def _allocate(self, table: ClassTemperatures, temperature: float, dataset: Any) -> None:
        table.allocate(self._num_classes, temperature)

    def _is_due(self, epoch: int, table: ClassTemperatures) -> bool:
        if epoch < self.warmup_epochs:
            return False
        if not table.is_filled:
            return True
        is_multiple = self.interval is not None and epoch % self.interval == 0
        return is_multiple and table.filled_epoch != epoch

    def _temperatures(self, features: np.ndarray, base: float) -> np.ndarray:
        return class_temperatures(features, self._labels, base, self.alpha, self._num_classes)

    def _fill(self, runner: Runner, table: ClassTemperatures, temperatures: torch.Tensor,
              features: np.ndarray, extraction: float) -> None:
        table.fill(temperatures, runner.epoch)
        low, high = temperatures.min().item(), temperatures.max().item()
        print_log(f'Before epoch {runner.epoch + 1}: temperatures of classes lie between {low:.3f} '
                  f'and {high:.3f}. Features took {extraction:.1f} s.', logger='current')
        runner.visualizer.add_scalars(
            {'temperatures/min': low, 'temperatures/max': high, 'temperatures/seconds': extraction},
            step=runner.epoch + 1, file_path=f'{runner.timestamp}.json')
