"""Clusters the classes of the training set while it is learned (SBCL)."""

import copy
import time
from typing import Any

import numpy as np
import torch
from mmengine.dataset import Compose
from mmengine.dist import broadcast, is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner
from torch import nn

from ltplug.datasets import class_counts, gt_labels
from ltplug.engine.features import extract_features
from ltplug.models.utils import SubclassTable
from ltplug.ops import changed_share, class_temperatures, cluster_classes
from ltplug.registry import HOOKS, TRANSFORMS
from ltplug.utils import SeedUse, hash_seed, unwrap_model


@HOOKS.register_module()
class SubclassClusteringHook(Hook):
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
            nothing is clustered yet. None clusters only once. Defaults to 10.
        min_cluster_size (int): Lower bound delta of the cap. Defaults to 10.
        alpha (float): Of the temperatures. Defaults to 10.
        fixed_temperature (float, optional): One temperature for all classes instead of those of
            eq. 5-6.
        num_iters (int): Updates of cluster centres at most. Defaults to 35.
        init (str): First centres, 'kmeans++' or 'farthest'. Defaults to 'kmeans++'.
        num_clusters (str): 'ceil', or 'floor' as the released code. Defaults to 'ceil'.
        equalize (bool): Whether clusters of a class have even sizes. Defaults to False.
        batch_size (int): Images per step and process. Defaults to 256.
        num_workers (int): Loading processes of each process. Defaults to 2.

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

    priority = 'VERY_HIGH'  # before EMAHook copies the model

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
                 num_workers: int = 2) -> None:
        if warmup_epochs < 0 or min_cluster_size < 1 or (interval is not None and interval < 1):
            raise ValueError('warmup_epochs must be at least 0, interval and min_cluster_size at '
                             f'least 1, got {warmup_epochs}, {interval} and {min_cluster_size}.')
        if fixed_temperature is not None and fixed_temperature <= 0:
            raise ValueError(f'fixed_temperature must be positive, got {fixed_temperature}.')
        self.pipeline = Compose([TRANSFORMS.build(step) for step in pipeline])
        self.warmup_epochs = warmup_epochs
        self.interval = interval
        self.min_cluster_size = min_cluster_size
        self.alpha = alpha
        self.fixed_temperature = fixed_temperature
        self.clustering = dict(num_iters=num_iters, init=init, num_clusters=num_clusters,
                               equalize=equalize)
        self.batch_size = batch_size
        self.num_workers = num_workers

    def before_run(self, runner: Runner) -> None:
        """Make room in the model, when the run is a training run.

        Raises:
            ValueError: If the model has no subclasses, the loop no epochs, the samples no labels
                or no index, or training ends before the first clustering.
        """
        if not isinstance(runner._train_loop, BaseLoop):
            return
        if isinstance(runner.train_loop, IterBasedTrainLoop):
            raise ValueError('SubclassClusteringHook counts epochs, which IterBasedTrainLoop has '
                             'not: train with train_cfg=dict(by_epoch=True, max_epochs=...).')
        if self.warmup_epochs >= runner.max_epochs:
            raise ValueError(f'A training of {runner.max_epochs} epochs ends before the '
                             f'{self.warmup_epochs} of warm-up: lower warmup_epochs.')
        table = getattr(unwrap_model(runner.model), 'subclasses', None)
        if not isinstance(table, SubclassTable):
            raise ValueError('SubclassClusteringHook finds nothing to split: use a model of type '
                             'ltplug.SBCL or ltplug.SBCLMoCo.')
        dataset = runner.train_dataloader.dataset
        if not getattr(dataset, 'accepts_draws', False):
            raise ValueError(f'Samples of {type(dataset).__name__} do not carry their index, by '
                             'which clusters are found: wrap the training dataset as dict(type='
                             '"ltplug.DrawDataset", dataset=...).')
        self._labels = gt_labels(dataset)
        self._num_classes = len(class_counts(dataset))
        table.allocate(len(dataset), self._num_classes)

    def before_train_epoch(self, runner: Runner) -> None:
        """Cluster, when it is time."""
        table = unwrap_model(runner.model).subclasses
        if not self._is_due(runner.epoch, table):
            return
        dataset = with_pipeline(runner.train_dataloader.dataset, self.pipeline)
        model = unwrap_model(runner.model)
        start = time.perf_counter()
        features = extract_features(Projection(model), dataset, self.batch_size, self.num_workers)
        extracted = time.perf_counter()
        before = table.cluster_ids.cpu().numpy() if table.is_filled else None
        ids, temperatures = torch.empty_like(table.cluster_ids), table.class_temperature.clone()
        if is_main_process():
            ids.copy_(torch.from_numpy(self._cluster(features, runner.seed, runner.epoch)))
            temperatures.copy_(torch.from_numpy(
                self._temperatures(features, model.loss_module.temperature)))
        broadcast(ids, src=0)
        broadcast(temperatures, src=0)
        table.fill(ids, temperatures, runner.epoch)
        self._log(runner, before, ids.cpu().numpy(), extracted - start,
                  time.perf_counter() - extracted)

    def _is_due(self, epoch: int, table: SubclassTable) -> bool:
        if epoch < self.warmup_epochs:
            return False
        if not table.is_filled:
            return True
        is_multiple = self.interval is not None and epoch % self.interval == 0
        return is_multiple and table.clustered_epoch != epoch

    def _cluster(self, features: np.ndarray, seed: int, epoch: int) -> np.ndarray:
        sizes = np.bincount(self._labels)
        cap = max(int(sizes[sizes > 0].min()), self.min_cluster_size)
        return cluster_classes(features, self._labels, cap,
                               seed=hash_seed(SeedUse.CLUSTERS, seed, epoch), **self.clustering)

    def _temperatures(self, features: np.ndarray, base: float) -> np.ndarray:
        if self.fixed_temperature is not None:
            return np.full(self._num_classes, self.fixed_temperature)
        return class_temperatures(features, self._labels, base, self.alpha, self._num_classes)

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


class Projection(nn.Module):
    """A model whose features are those that its loss compares.

    Args:
        model (nn.Module): With ``project``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.data_preprocessor = model.data_preprocessor

    def extract_feat(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the model projects images [N, C, H, W] to, [N, D]."""
        return self.model.project(images)


def with_pipeline(dataset: Any, pipeline: Compose) -> Any:
    """Return a dataset with the same samples and other transforms.

    Args:
        dataset (dataset): A dataset or wrapper; it is left as it is.
        pipeline (Compose): The transforms.

    Returns:
        dataset: A copy that shares the annotations.
    """
    dataset = copy.copy(dataset)
    if getattr(dataset, 'datasets', None):
        dataset.datasets = [with_pipeline(child, pipeline) for child in dataset.datasets]
    elif getattr(dataset, 'dataset', None) is not None:
        dataset.dataset = with_pipeline(dataset.dataset, pipeline)
    else:
        dataset.pipeline = pipeline
    return dataset
