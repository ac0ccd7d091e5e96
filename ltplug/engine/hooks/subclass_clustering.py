"""Clusters the classes of the training set while it is learned (SBCL)."""

import time
from typing import Any

import numpy as np
import torch
from mmengine.dist import broadcast, is_main_process
from mmengine.logging import print_log
from mmengine.runner import Runner

from ltplug.models.utils import SubclassTable
from ltplug.ops import changed_share, cluster_classes
from ltplug.registry import HOOKS
from ltplug.utils import SeedUse, hash_seed

from .class_temperature import ClassTemperatureHook


@HOOKS.register_module()
class SubclassClusteringHook(ClassTemperatureHook):
    """Splits every class into clusters of balanced size, and sets the temperatures of classes.

    Hou et al., "Subclass-balancing Contrastive Learning for Long-tailed Recognition", 2023,
    Algorithm 2, for :class:`SBCL` and :class:`SBCLMoCo`. At the beginning of an epoch that is due,
    the projected features of all training images are computed in evaluation mode, each once,
    shared by all processes; then the first process clusters class after class
    (:func:`ltplug.ops.cluster_classes` with the cap max(smallest class, ``min_cluster_size``)),
    computes the temperatures (:func:`ltplug.ops.class_temperatures`) and tells the others.

    The result lives in buffers of the model, which are made before an averaged copy of the model
    (EMA) or a resumed checkpoint needs them. A run resumed inside an interval goes on with the
    clusters that it had. Epochs count from 0.

    Args:
        pipeline (list[dict]): Transforms of an image whose features are computed, usually those of
            the test set; they replace the transforms of the training dataset.
        warmup_epochs (int): Epochs before the first clustering, T0. Defaults to 10.
        interval (int, optional): An epoch from T0 on is due if it is a multiple of the interval, or
            nothing is clustered yet. None does all only once. Defaults to 10.
        min_cluster_size (int): Lower bound delta of the cap. Defaults to 10.
        alpha (float): Of the temperatures, at least 1. Defaults to 10.
        fixed_temperature (float, optional): One temperature for all classes instead of those of
            eq. 5-6.
        num_iters (int): Updates of cluster centres at most. Defaults to 35.
        init (str): First centres, 'kmeans++' or 'farthest'. Defaults to 'kmeans++'.
        num_clusters (str): 'ceil', or 'floor' as the released code. Defaults to 'ceil'.
        equalize (bool): Whether clusters of a class have even sizes. Defaults to False.
        batch_size (int): Images per step and process. Defaults to 256.
        num_workers (int): Loading processes of each process. Defaults to 2.
        cluster_once (bool): Whether clusters stay those of the first epoch that is due, while the
            temperatures go on (table 5 of the paper). Defaults to False.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        In a config::

            default_hooks = dict(
                subclasses=dict(
                    type='ltplug.SubclassClusteringHook',
                    pipeline=[dict(type='PackInputs')],
                    warmup_epochs=10,
                    interval=10,
                    min_cluster_size=10))
    """

    _table_name = 'subclasses'
    _models = 'ltplug.SBCL or ltplug.SBCLMoCo'

    def __init__(self,
                 pipeline: list[dict],
                 warmup_epochs: int = 10,
                 interval: int | None = 10,
                 min_cluster_size: int = 10,
                 alpha: float = 10.0,
                 fixed_temperature: float | None = None,
                 num_iters: int = 35,
                 init: str = 'kmeans++',
                 num_clusters: str = 'ceil',
                 equalize: bool = False,
                 batch_size: int = 256,
                 num_workers: int = 2,
                 cluster_once: bool = False) -> None:
        super().__init__(pipeline, warmup_epochs, interval, alpha, batch_size, num_workers)
        if min_cluster_size < 1:
            raise ValueError(f'min_cluster_size must be at least 1, got {min_cluster_size}.')
        if fixed_temperature is not None and fixed_temperature <= 0:
            raise ValueError(f'fixed_temperature must be positive, got {fixed_temperature}.')
        self.cluster_once = cluster_once
        self.min_cluster_size = min_cluster_size
        self.fixed_temperature = fixed_temperature
        self.clustering = dict(num_iters=num_iters, init=init, num_clusters=num_clusters,
                               equalize=equalize)

    def _allocate(self, table: SubclassTable, temperature: float, dataset: Any) -> None:
        if not getattr(dataset, 'accepts_draws', False):
            raise ValueError(f'Samples of {type(dataset).__name__} do not carry their index, by '
                             'which clusters are found: wrap the training dataset as dict(type='
                             '"ltplug.DrawDataset", dataset=...).')
        table.allocate(self._num_classes, temperature, len(dataset))

    def _temperatures(self, features: np.ndarray, base: float) -> np.ndarray:
        if self.fixed_temperature is not None:
            return np.full(self._num_classes, self.fixed_temperature)
        return super()._temperatures(features, base)

    def _fill(self, runner: Runner, table: SubclassTable, temperatures: torch.Tensor,
              features: np.ndarray, extraction: float) -> None:
        if self.cluster_once and table.is_filled:
            super()._fill(runner, table, temperatures, features, extraction)
            return
        start = time.perf_counter()
        before = table.cluster_ids.cpu().numpy() if table.is_filled else None
        ids = torch.empty_like(table.cluster_ids)
        if is_main_process():
            ids.copy_(torch.from_numpy(self._cluster(features, runner.seed, runner.epoch)))
        broadcast(ids, src=0)
        table.fill(temperatures, runner.epoch, ids)
        self._log(runner, before, ids.cpu().numpy(), extraction, time.perf_counter() - start)

    def _cluster(self, features: np.ndarray, seed: int, epoch: int) -> np.ndarray:
        sizes = np.bincount(self._labels)
        cap = max(int(sizes[sizes > 0].min()), self.min_cluster_size)
        return cluster_classes(features, self._labels, cap,
                               seed=hash_seed(SeedUse.CLUSTERS, seed, epoch), **self.clustering)

    def _log(self, runner: Runner, before: np.ndarray | None, ids: np.ndarray,
             extraction: float, clustering: float) -> None:
        clusters = self._labels * (ids.max() + 1) + ids
        sizes = np.unique(clusters, return_counts=True)[1]
        split = (np.bincount(self._labels, ids > 0) > 0)[self._labels]
        scalars = {'subclasses/number': len(sizes), 'subclasses/seconds': extraction + clustering}
        news = ''
        if before is not None and split.any():
            changed = changed_share(before[split], ids[split], self._labels[split])
            scalars['subclasses/changed'] = changed
            news = f' {changed:.1%} of the samples of split classes changed.'
        print_log(f'Before epoch {runner.epoch + 1}: {len(sizes):,} subclasses of {sizes.min()} to '
                  f'{sizes.max()} samples (median {np.median(sizes):g}), '
                  f'{len(np.unique(self._labels[split]))} of {self._num_classes} classes are '
                  f'split.{news} Features took {extraction:.1f} s, clustering {clustering:.1f} s.',
                  logger='current')
        runner.visualizer.add_scalars(scalars, step=runner.epoch + 1,
                                      file_path=f'{runner.timestamp}.json')
