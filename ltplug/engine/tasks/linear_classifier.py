"""Rewriting a trained linear classifier: tau-normalisation and post-hoc logit adjustment."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.logging import print_log

from ltplug.datasets import gt_labels
from ltplug.engine.checkpoint_meta import stored
from ltplug.engine.features import extract_features
from ltplug.engine.models import load_model, read_weights, write_weights
from ltplug.evaluation import GroupAccuracy
from ltplug.ops import log_priors, tau_normalize
from ltplug.ops.logit_adjustment import check_tau
from ltplug.registry import DATASETS, TASKS
from ltplug.utils import write_json

from .base import StageTask, TaskContext

SELECTION_FILE = 'selection.json'


class LinearClassifierTask(StageTask):
    """Rewrites weight and bias of a ``LinearClsHead`` by a rule with one parameter.

    The result is an ordinary checkpoint of the same config. Of several values the one with the
    highest mean class accuracy on the validation data is taken (the smallest of equals).

    Args:
        tau (float or Sequence[float]): The parameter, or the values to choose from. Defaults to 1.

    Raises:
        ValueError: If there is no value or one is out of range.
    """

    def __init__(self, tau: float | Sequence[float] = 1.0) -> None:
        values = tau if isinstance(tau, list | tuple) else [tau]
        if not values:
            raise ValueError('tau must be a number or a list of numbers to choose from, got an '
                             'empty list.')
        self.taus = sorted(check_tau(value) for value in values)

    @abstractmethod
    def rewrite(self, weight: torch.Tensor, bias: torch.Tensor, class_counts: list[int] | None,
                tau: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the new classifier.

        Args:
            weight (Tensor): [C, D].
            bias (Tensor): [C].
            class_counts (list[int], optional): Training images per class of the checkpoint, [C].
            tau (float): The parameter.

        Returns:
            tuple[Tensor, Tensor]: Weight and bias.
        """

    def output_config(self, config: Config | None) -> Config | None:
        """Return the config as it is.

        Raises:
            ValueError: If there is no linear classifier, or nothing to choose tau on.
        """
        head = None if config is None else config.model.get('head', {}).get('type')
        if head not in ('LinearClsHead', 'mmpretrain.LinearClsHead'):
            raise ValueError(f'{type(self).__name__} rewrites a LinearClsHead, but it loads a '
                             f'model with {head or "no head"}: name a stage in load_from that '
                             'trains one.')
        if len(self.taus) > 1:
            check_validation_data(config)
        return config

    def run(self, context: TaskContext) -> dict[str, Path]:
        """Choose tau if there is a choice, and write the checkpoint."""
        state, meta = read_weights(context.checkpoint)
        counts = stored({'meta': meta}).get('class_counts')
        old = state['head.fc.weight'].float(), state['head.fc.bias'].float()
        tau = self.taus[0]
        if len(self.taus) > 1:
            tau = self._choose(context, state, old, counts)
        weight, bias = self.rewrite(*old, counts, tau)
        state.update({'head.fc.weight': weight, 'head.fc.bias': bias})
        return {'checkpoint': write_weights(context.work_dir, state, meta)}

    def _choose(self, context: TaskContext, state: dict[str, torch.Tensor],
                old: tuple[torch.Tensor, torch.Tensor], counts: list[int] | None) -> float:
        dataset = DATASETS.build(context.config.val_dataloader.dataset)
        model = load_model(context.config, state)
        features = torch.from_numpy(extract_features(
            model, dataset, context.config.val_dataloader.batch_size,
            context.config.val_dataloader.num_workers))
        labels = gt_labels(dataset)
        accuracies = {}
        for tau in self.taus:
            weight, bias = self.rewrite(*old, counts, tau)
            accuracies[tau] = GroupAccuracy.calculate(features @ weight.T + bias, labels,
                                                      groups={})['mean_class']
        best = max(accuracies, key=accuracies.__getitem__)
        print_log(f'tau = {best:g} of {self.taus[0]:g} to {self.taus[-1]:g} has the highest mean '
                  f'class accuracy on the validation data: {accuracies[best]:.2f} %.',
                  logger='current')
        if is_main_process():
            write_json(context.work_dir / SELECTION_FILE,
                       {'tau': best, 'validation_mean_class': accuracies})
        return best


def check_validation_data(config: Config) -> None:
    """Refuse to choose anything on the test set.

    Args:
        config (Config): With ``val_dataloader`` and ``test_dataloader``.

    Raises:
        ValueError: If there are no validation data, or they are the test data.
    """
    def data(key: str) -> Any:
        loader = config.get(key)
        return None if not loader else loader.dataset.to_dict()

    if data('val_dataloader') is None or data('val_dataloader') == data('test_dataloader'):
        raise ValueError('nothing is chosen on the test set: give a single value, or a '
                         'val_dataloader of other images, such as held-out training images '
                         '(ltplug.HoldOut).')


@TASKS.register_module()
class TauNormalizationTask(LinearClassifierTask):
    """Divides every class's weight by a power of its length and drops the bias.

    Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition", 2020,
    section 4; see :func:`ltplug.ops.tau_normalize`. They choose tau from 0 to 2 in steps of 0.1 on
    validation data.
    """

    def rewrite(self, weight: torch.Tensor, bias: torch.Tensor, class_counts: list[int] | None,
                tau: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the normalised weight and a bias of zeros."""
        return tau_normalize(weight, tau), torch.zeros_like(bias)


@TASKS.register_module()
class LogitAdjustmentTask(LinearClassifierTask):
    """Subtracts tau times the log prior of every class from its bias.

    Post-hoc logit adjustment of Menon et al., "Long-tail learning via logit adjustment", 2021,
    eq. 9. The same predictions as of :class:`ltplug.models.heads.LogitAdjustedLinearClsHead`, in a
    checkpoint that needs nothing but a linear head.
    """

    def rewrite(self, weight: torch.Tensor, bias: torch.Tensor, class_counts: list[int] | None,
                tau: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the weight as it is and the adjusted bias.

        Raises:
            ValueError: If the checkpoint holds no class counts, or a class has no images.
        """
        if class_counts is None:
            raise ValueError('LogitAdjustmentTask needs the class counts of the training data, '
                             'which the checkpoint does not hold: train it with '
                             'ClassCountsHook.')
        return weight, bias - tau * torch.as_tensor(log_priors(class_counts), dtype=bias.dtype)
