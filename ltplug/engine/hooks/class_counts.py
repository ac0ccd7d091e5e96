"""The one source of class counts."""

from collections.abc import Iterator
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import CheckpointLoader, Runner, find_latest_checkpoint

from ltplug.datasets import class_counts, distinct_images, gt_labels, labeled_part
from ltplug.datasets.semi_supervised import UNLABELED
from ltplug.engine.checkpoint_meta import store, stored
from ltplug.engine.class_check import (
    check_resumed_classes,
    check_tested_classes,
    check_training_classes,
    classes_of_head,
)
from ltplug.registry import HOOKS
from ltplug.utils import built_loop, is_training, unwrap_model
from ltplug.utils.class_names import class_names, complete_names


@HOOKS.register_module()
class ClassCountsHook(Hook):
    """Counts the training images of every class and tells everybody.

    Before training it counts the labels of the training dataset and calls
    ``set_class_counts(counts)`` on every module of the model, every hook and every metric that has
    it. Training data without labels are refused, unless all modules that have it say
    ``needs_class_counts = False``. The counts go into the checkpoint's meta, from which a test run
    takes them. An image that a wrapper repeats (``RepeatDataset``, ``ClassBalancedDataset``) counts
    once, for losses as for groups, as does one that a sampler draws often.

    It refuses to train, and to test or resume a checkpoint, on data whose class names differ,
    because labels would mean other classes (:mod:`ltplug.engine.class_check`).

    Runs before ``EMAHook`` copies the model, so the copy has them too.

    Args:
        groups_from (str, optional): Whose counts define the groups of the metrics, where these are
            not the training data: the path of a checkpoint, or 'load_from' for the one that the
            run starts from. A classifier that is fitted to balanced data still reports the groups
            of the long-tailed data its features come from. Defaults to the training data, of
            semi-supervised data to the labelled part.
        labeled_only (bool): Whether pseudo-labelled images are left out of the counts that losses
            get. Images without any label never count. Defaults to False.
    """

    priority = 'VERY_HIGH'

    def __init__(self, groups_from: str | None = None, labeled_only: bool = False) -> None:
        self.groups_from = groups_from
        self.labeled_only = labeled_only
        self.class_counts: list[int] | None = None
        self.group_counts: list[int] | None = None

    def before_run(self, runner: Runner) -> None:
        """Count and tell, when the run is a training run.

        Raises:
            ValueError: If a label lies outside the head's classes, or means another class in the
                validation data, or a receiver cannot work with the counts.
        """
        if not is_training(runner):
            return  # a test run: the counts come with the checkpoint
        check_training_classes(runner)
        model = unwrap_model(runner.model)
        modules = list(_receivers(model.modules()))
        num_classes = classes_of_head(model)
        dataset = runner.train_dataloader.dataset
        try:
            labels = gt_labels(dataset)
        except ValueError:
            if _metrics(runner, 'val') or any(getattr(module, 'needs_class_counts', True)
                                              for module in modules):
                raise
            return  # self-supervised training: no labels, and nobody needs counts
        labeled = labeled_part(dataset)
        if self.labeled_only and labeled is dataset:
            raise ValueError('labeled_only of ClassCountsHook is for semi-supervised training, but '
                             f'{type(dataset).__name__} has labelled images only: leave it out.')
        of_all = labels if labeled is dataset else gt_labels(labeled)
        of_labeled = class_counts(labeled, num_classes, of_all[distinct_images(labeled)]).tolist()
        is_enough = labeled is dataset or self.labeled_only or UNLABELED in labels
        self.class_counts = of_labeled if is_enough else class_counts(
            dataset, num_classes, labels[distinct_images(dataset)]).tolist()
        self.group_counts = self._given_groups(runner, of_labeled)
        self._warn_of_empty(runner)
        for receiver in [*modules, *_receivers(runner.hooks)]:
            receiver.set_class_counts(self.class_counts)
        for module in model.modules():
            loss = getattr(module, 'loss_module', None)
            if hasattr(loss, 'check_head'):
                loss.check_head(module)
        self._tell_metrics(runner, 'val')

    def _given_groups(self, runner: Runner, own: list[int]) -> list[int]:
        path = self.groups_from
        if path == 'load_from':
            path = runner._load_from
            if path is None and runner._resume:  # mmengine looks for it later, in this way
                path = find_latest_checkpoint(runner.work_dir)
        if path is None:
            return own
        counts = stored(CheckpointLoader.load_checkpoint(str(path), 'cpu')).get('group_counts')
        if counts is None:
            raise ValueError(f'{path} holds no class counts, so it cannot define groups: set '
                             'groups_from of ClassCountsHook to a checkpoint that ltplug trained.')
        if len(counts) != len(self.class_counts):
            raise ValueError(f'{path} has the groups of {len(counts)} classes, but this run has '
                             f'{len(self.class_counts)}: leave groups_from of ClassCountsHook out.')
        return list(counts)

    def before_val_epoch(self, runner: Runner) -> None:
        """Tell the metrics of validation the counts."""
        self._tell_metrics(runner, 'val')

    def before_test_epoch(self, runner: Runner) -> None:
        """Tell the metrics of the test the counts."""
        self._tell_metrics(runner, 'test')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the counts in the checkpoint's meta."""
        if self.class_counts is not None:
            store(checkpoint, class_counts=self.class_counts, group_counts=self.group_counts)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Take the counts of a checkpoint, when the run has no training data of its own.

        Raises:
            ValueError: If labels have another meaning than in the checkpoint.
        """
        notes = stored(checkpoint)
        if not is_training(runner):
            check_tested_classes(runner, checkpoint)
        elif runner._resume:
            check_resumed_classes(runner, checkpoint)
            self._warn_of_changes(runner, notes.get('class_counts'))
        if self.class_counts is None and 'class_counts' in notes:
            self.class_counts = list(notes['class_counts'])
            self.group_counts = list(notes['group_counts'])
            for receiver in _receivers(unwrap_model(runner.model).modules()):
                receiver.set_class_counts(self.class_counts)

    def _warn_of_empty(self, runner: Runner) -> None:
        """Tell which classes cannot be learned; losses that need some images of each refuse."""
        names = complete_names(class_names(runner.train_dataloader.dataset), len(self.class_counts))
        empty = [name for name, count in zip(names, self.class_counts, strict=False) if not count]
        if empty:
            runner.logger.warning(
                f'{len(empty)} of {len(self.class_counts)} classes have no training image, and are '
                f'never learned: {", ".join(empty[:5])}{", ..." if len(empty) > 5 else ""}.')

    def _warn_of_changes(self, runner: Runner, before: list[int] | None) -> None:
        """Tell that images have come or gone; a broken one may have been removed to go on."""
        if before is None or self.class_counts in (None, list(before)):
            return
        names = complete_names(class_names(runner.train_dataloader.dataset), len(before))
        name, old, new = next(each for each in zip(names, before, self.class_counts, strict=False)
                              if each[1] != each[2])
        runner.logger.warning(
            f'The training data are not those the run was begun with: class {name!r} had {old} '
            f'images, and has {new} now. It goes on with the present ones, but does not end as an '
            'unbroken run would.')

    def _tell_metrics(self, runner: Runner, part: str) -> None:
        for metric in _metrics(runner, part):
            if self.group_counts is not None:
                metric.set_class_counts(self.group_counts)
            if hasattr(metric, 'check_class_counts'):
                metric.check_class_counts()


def _receivers(objects: Any) -> Iterator[Any]:
    return (each for each in objects if hasattr(each, 'set_class_counts'))


def _metrics(runner: Runner, part: str) -> list[Any]:
    evaluator = getattr(built_loop(runner, part), 'evaluator', None)
    return list(_receivers(getattr(evaluator, 'metrics', [])))
