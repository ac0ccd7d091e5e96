"""What is done about the data of every run of the tools."""

from collections.abc import Mapping

from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner

from ltplug.datasets import leaf_datasets, name_broken_images
from ltplug.engine import ClassCountsHook
from ltplug.engine.class_check import (
    check_resumed_classes,
    check_test_data,
    check_tested_classes,
    check_training_classes,
)


class DataCheckHook(Hook):
    """Lets validation and test data name broken images, and compares their classes.

    Training data in a ``DrawDataset`` name broken images themselves, and ``ClassCountsHook``
    compares classes in any project; this does so where they are not used.
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner: Runner) -> None:
        """Look at all data that are built, before any worker has a copy of them."""
        for loop in (runner._train_loop, runner._val_loop, runner._test_loop):
            if isinstance(loop, BaseLoop):
                for leaf in leaf_datasets(loop.dataloader.dataset):
                    name_broken_images(leaf)
        if isinstance(runner._train_loop, BaseLoop):
            if not _counts(runner):
                check_training_classes(runner)
            check_test_data(runner)

    def after_load_checkpoint(self, runner: Runner, checkpoint: Mapping) -> None:
        """Compare the classes of a test, or a resumed training, with those that were trained."""
        if _counts(runner):
            return
        if not isinstance(runner._train_loop, BaseLoop):
            check_tested_classes(runner, checkpoint)
        elif runner._resume:
            check_resumed_classes(runner, checkpoint)


def _counts(runner: Runner) -> bool:
    return any(isinstance(hook, ClassCountsHook) for hook in runner.hooks)
