"""The classifier of nearest class means, out of trained features."""

import copy
from pathlib import Path

import torch
from mmengine.config import Config

from ltplug.datasets import gt_labels, with_test_transforms
from ltplug.engine.features import extract_features
from ltplug.engine.models import load_model, read_weights, write_weights
from ltplug.ops.nearest_class_mean import METRICS, NORMALIZATIONS, check_choice
from ltplug.registry import DATASETS, TASKS

from .base import StageTask, TaskContext


@TASKS.register_module()
class NearestClassMeanTask(StageTask):
    """Replaces the classifier by the mean training feature of every class (NCM).

    Kang et al., "Decoupling Representation and Classifier for Long-Tailed Recognition", 2020,
    section 4. Features are those of the training images under the transforms of the test.

    Args:
        metric (str): 'l2', 'cosine' or 'dot'. Defaults to 'l2'.
        normalization (str): 'un', 'l2n' or 'cl2n'. Defaults to 'cl2n'.

    Raises:
        ValueError: If the metric or the normalisation is unknown.
    """

    def __init__(self, metric: str = 'l2', normalization: str = 'cl2n') -> None:
        self.metric = check_choice('metric', metric, METRICS)
        self.normalization = check_choice('normalization', normalization, NORMALIZATIONS)

    def output_config(self, config: Config | None) -> Config | None:
        """Return the config with another head.

        Raises:
            ValueError: If it loads no classifier.
        """
        head = None if config is None else config.model.get('head')
        if not head or 'in_channels' not in head:
            raise ValueError('NearestClassMeanTask needs a classifier whose head names num_classes '
                             'and in_channels: name a stage in load_from that trains one.')
        config = copy.deepcopy(config)
        if config.model.type == 'ltplug.FrozenBackboneClassifier':  # with nothing left to train
            config.model.type = 'ImageClassifier'
            for key in ('frozen', 'norm_mode'):
                config.model.pop(key, None)
        config.model.head = dict(
            type='ltplug.NearestClassMeanHead', num_classes=head.num_classes,
            in_channels=head.in_channels, metric=self.metric, normalization=self.normalization)
        return config

    def run(self, context: TaskContext) -> dict[str, Path]:
        """Take the means of the training features and write the checkpoint."""
        state, meta = read_weights(context.checkpoint)
        model = load_model(self.output_config(context.config), state, untrained='head')
        loader = context.config.train_dataloader
        dataset = with_test_transforms(DATASETS.build(loader.dataset),
                                       DATASETS.build(context.config.test_dataloader.dataset))
        features = extract_features(model, dataset, loader.batch_size, loader.num_workers)
        device = next(model.parameters()).device
        model.head.fit(torch.from_numpy(features).to(device),
                       torch.from_numpy(gt_labels(dataset)).to(device))
        return {'checkpoint': write_weights(context.work_dir, model.state_dict(), meta)}
