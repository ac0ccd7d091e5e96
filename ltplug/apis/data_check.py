"""What is done about the data of every run of the tools."""

from collections.abc import Mapping

from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.datasets import leaf_datasets, name_broken_images
from ltplug.engine import ClassCountsHook
from ltplug.engine.class_check import (
    check_resumed_classes,
    check_test_data,
    check_tested_classes,
    check_training_classes,
    check_training_labels,
)
from ltplug.utils import built_loops, is_training


class DataCheckHook(Hook):
    """Lets validation and test data name broken images, and compares their classes.

    Training data in a ``DrawDataset`` name broken images themselves, and ``ClassCountsHook``
    compares classes in any project; this does so where they are not used.
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner: Runner) -> None:
        """Look at all data that are built, before any worker has a copy of them."""
        for loop in built_loops(runner).values():
            for leaf in leaf_datasets(loop.dataloader.dataset):
                name_broken_images(leaf)
        if is_training(runner):
            if not _counts(runner):
                check_training_classes(runner)
                check_training_labels(runner)
            check_test_data(runner)

    def after_load_checkpoint(self, runner: Runner, checkpoint: Mapping) -> None:
        """Compare the classes of a test, or a resumed training, with those that were trained."""
        if _counts(runner):
            return
        if not is_training(runner):
            check_tested_classes(runner, checkpoint)
        elif runner._resume:
            check_resumed_classes(runner, checkpoint)


def _counts(runner: Runner) -> bool:
    return any(isinstance(hook, ClassCountsHook) for hook in runner.hooks)
