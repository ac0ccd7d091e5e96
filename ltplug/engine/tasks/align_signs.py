"""Prototypes turned towards the images that they were learned from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.logging import print_log

from ltplug.datasets import with_pipeline
from ltplug.engine.features import Projection, extract_features
from ltplug.engine.models import load_model, read_weights, write_weights
from ltplug.ops import align_signs
from ltplug.registry import DATASETS, TASKS, TRANSFORMS

from .base import StageTask, TaskContext

KEY = 'prototypes.weight'


@TASKS.register_module()
class AlignSignsTask(StageTask):
    """Flips the prototypes of FASSL's first stage whose mean similarity to the images is negative.

    The loss that learns them cannot tell a prototype from its negative, but the weights of the
    second stage depend on the sign; see :func:`ltplug.ops.align_signs`. One pass over the training
    images without augmentation and without labels. Not in the paper.

    Args:
        pipeline (Sequence[dict]): Transforms of an image, instead of those of the training.
            Defaults to ``[dict(type='PackInputs')]``, for images that are in memory; images in
            files need loading and a size.

    Raises:
        ValueError: In a recipe, before its first stage, if the transforms do not give images of
            one size.
    """

    def __init__(self, pipeline: Sequence[dict] = (dict(type='PackInputs'), )) -> None:
        self.pipeline = list(pipeline)

    def output_config(self, config: Config | None) -> Config | None:
        """Return the config as it is.

        Raises:
            ValueError: If it learns no prototypes.
        """
        found = None if config is None else config.model.type
        if found != 'ltplug.PrototypeLearner':
            raise ValueError('AlignSignsTask turns the prototypes of an ltplug.PrototypeLearner, '
                             f'but it loads {found or "nothing"}: name a stage in load_from that '
                             'learns them.')
        return config

    def check(self, config: Config | None, used_by: Config | None) -> None:
        """Refuse transforms that do not turn a training image into one input.

        Raises:
            ValueError: If they do not.
        """
        dataset = self._plain_images(config)
        try:
            inputs = dataset[0]['inputs']
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f'The pipeline of AlignSignsTask does not load the training images '
                             f'({type(error).__name__}: {error}): give it the transforms of the '
                             'test.') from None
        if not isinstance(inputs, torch.Tensor):
            raise ValueError('The pipeline of AlignSignsTask gives several views of an image: give '
                             'it the transforms of the test.')

    def _plain_images(self, config: Config) -> Any:
        return with_pipeline(DATASETS.build(config.train_dataloader.dataset),
                             Compose([TRANSFORMS.build(step) for step in self.pipeline]))

    def run(self, context: TaskContext) -> dict[str, Path]:
        """Turn the prototypes and write the checkpoint."""
        state, meta = read_weights(context.checkpoint)
        model = load_model(context.config, state)
        loader = context.config.train_dataloader
        dataset = self._plain_images(context.config)
        features = torch.from_numpy(extract_features(
            Projection(model), dataset, loader.batch_size, loader.num_workers))
        aligned = align_signs(features, state[KEY].cpu())
        flipped = int((aligned != state[KEY].cpu()).any(dim=1).sum())
        print_log(f'{flipped} of {len(aligned)} prototypes were turned towards the images.',
                  logger='current')
        state[KEY] = aligned
        return {'checkpoint': write_weights(context.work_dir, state, meta)}
