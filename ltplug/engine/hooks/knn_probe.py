"""Accuracy of a nearest-neighbour classifier while features are learned."""

from typing import Any

import torch
import torch.nn.functional as F
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from ltplug.datasets import gt_labels
from ltplug.engine.features import extract_features
from ltplug.evaluation import GroupAccuracy
from ltplug.ops import knn_classify
from ltplug.registry import DATASETS, HOOKS
from ltplug.utils import is_training, unwrap_model
from ltplug.utils.class_names import check_same_classes, class_names

from .class_counts import ClassCountsHook
from .takes_class_counts import TakesClassCounts


@HOOKS.register_module()
class KNNProbeHook(TakesClassCounts, Hook):
    """Logs the accuracy of a weighted k-nearest-neighbour classifier every few epochs.

    For models that predict no class yet, self-supervised and contrastive ones: features of the
    validation images are classified by those of the training images (see
    :func:`ltplug.ops.knn_classify`). The results of :meth:`GroupAccuracy.calculate` are logged as
    ``knn/top1``, ``knn/few`` and so on; the groups are those of the recipe's long-tailed training
    set. They are for the eye only: no checkpoint is ever chosen by them.

    Args:
        bank (dict): Dataset of the labelled training images, with test transforms.
        query (dict): Dataset of the validation images.
        k (int): Neighbours; fewer if the bank is smaller. Defaults to 200.
        temperature (float): Of the votes. Defaults to 0.07.
        interval (int): Epochs between two probes; the last epoch is always probed.
            Defaults to 10.
        groups (str or dict): As in ``GroupAccuracy``. Defaults to 'shot'.
        boundary (str): As in ``GroupAccuracy``. Defaults to 'strict'.
        batch_size (int): Images per step and process. Defaults to 256.
        num_workers (int): Loading processes of each process. Defaults to 2.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        In a config::

            default_hooks = dict(
                knn_probe=dict(
                    type='ltplug.KNNProbeHook',
                    bank=dict(type='ltplug.LongTailSubset', dataset=dict(
                        type='CIFAR10', data_root='data/cifar10', split='train',
                        pipeline=[dict(type='PackInputs')])),
                    query={{_base_.val_dataloader.dataset}}))
    """

    priority = 'LOW'  # after the ranks' batch norm statistics are averaged

    def __init__(self,
                 bank: dict,
                 query: dict,
                 k: int = 200,
                 temperature: float = 0.07,
                 interval: int = 10,
                 groups: str | dict = 'shot',
                 boundary: str = 'strict',
                 batch_size: int = 256,
                 num_workers: int = 2) -> None:
        if k < 1 or interval < 1 or temperature <= 0:
            raise ValueError('k, interval and temperature must be positive, got '
                             f'{k}, {interval} and {temperature}.')
        GroupAccuracy(groups, boundary)  # refuses what makes no sense
        self.bank, self.query = bank, query
        self.k = k
        self.temperature = temperature
        self.interval = interval
        self.groups = groups
        self.boundary = boundary
        self.batch_size = batch_size
        self.num_workers = num_workers

    def before_run(self, runner: Runner) -> None:
        """Read the datasets, when the run is a training run.

        Raises:
            RuntimeError: If the groups need class counts and there are none.
            ValueError: If labels of bank and query mean different classes.
        """
        if not is_training(runner):
            return
        for hook in runner.hooks:
            if isinstance(hook, ClassCountsHook) and hook.group_counts is not None:
                self.class_counts = hook.group_counts  # of the recipe, not of this stage
        if self.class_counts is None and isinstance(self.groups, str):
            raise RuntimeError(
                'KNNProbeHook needs the class counts of the training data: add '
                'class_counts=dict(type="ltplug.ClassCountsHook") to default_hooks and give the '
                'training data labels, or name the groups in groups=dict(name=[labels]).')
        self._datasets = [DATASETS.build(config) for config in (self.bank, self.query)]
        bank, query = map(class_names, self._datasets)
        check_same_classes(query, bank, 'the query of KNNProbeHook', 'its bank')
        self._labels = [torch.from_numpy(gt_labels(dataset)) for dataset in self._datasets]

    def after_train_epoch(self, runner: Runner) -> None:
        """Probe, when it is time."""
        if not (self.every_n_epochs(runner, self.interval) or self.is_last_train_epoch(runner)):
            return
        metrics = self.probe(unwrap_model(runner.model))
        metrics.pop('per_class')
        scalars = {f'knn/{name}': value for name, value in metrics.items()}
        for name, value in scalars.items():
            runner.message_hub.update_scalar(name, value)
        runner.logger.info(f'Epoch(knn) [{runner.epoch + 1}]  ' + '  '.join(
            f'{name}: {value:.4f}' for name, value in scalars.items()))
        runner.visualizer.add_scalars(scalars, step=runner.epoch + 1,
                                      file_path=f'{runner.timestamp}.json')

    def probe(self, model: nn.Module) -> dict[str, Any]:
        """Classify the validation images.

        Args:
            model (nn.Module): A model that :func:`ltplug.engine.extract_features` takes.

        Returns:
            dict[str, Any]: As :meth:`GroupAccuracy.calculate`, in percent.
        """
        device = next(model.parameters()).device
        bank, query = (
            F.normalize(torch.from_numpy(extract_features(
                model, dataset, self.batch_size, self.num_workers)).to(device), dim=1)
            for dataset in self._datasets)
        labels, target = self._labels
        predicted = knn_classify(bank, labels.to(device), query, min(self.k, len(bank)),
                                 self.temperature)
        return GroupAccuracy.calculate(predicted, target, self.class_counts, self.groups,
                                       self.boundary)
