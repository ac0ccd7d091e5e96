"""Whether the data of a run mean the same classes, and as many as the model has."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from mmengine.runner import BaseLoop, Runner
from mmpretrain.evaluation import Accuracy
from mmpretrain.models import BaseRetriever, BaseSelfSupervisor
from mmpretrain.models.classifiers import BaseClassifier
from torch import nn

from ltplug.datasets import class_counts, gt_labels, labeled_part
from ltplug.registry import DATASETS
from ltplug.utils import built_loops, random_streams_kept, unwrap_model
from ltplug.utils.class_names import check_same_classes, class_names, names_in


def check_training_classes(runner: Runner) -> None:
    """Refuse to train a classifier on classes that are not those it is validated on.

    Compared are the names in the metainfo of training, validation and (where it is built already)
    test data, and the number of names and the labels of the latter two with the head's
    ``num_classes``. Data without names are not compared, nor what retrieval is tested on, which
    may well be of classes that were not learned.

    Args:
        runner (Runner): In or after ``before_run`` of a training.

    Raises:
        ValueError: If labels mean different classes, there are fewer names than classes of the
            head, labels that the head does not have, or a metric that looks at more classes.
    """
    num_classes = classes_of_head(unwrap_model(runner.model))
    _check_topk(runner, num_classes)
    names = class_names(runner.train_dataloader.dataset)
    if names and num_classes and len(names) < num_classes:
        shown = ', '.join(names[:5]) + (', ...' if len(names) > 5 else '')
        raise ValueError(f'The head has {num_classes} classes, but the training data {len(names)} '
                         f'({shown}): set model.head.num_classes={len(names)}. If classes are to '
                         'come that have no images yet, name all of them with classes=[...] or '
                         'metainfo=dict(classes=[...]) of the training data.')
    for what, dataset in _evaluated(runner):
        check_same_classes(class_names(dataset), names, what, 'the training data')
        if num_classes:
            _check_labels(dataset, num_classes, what)


def check_training_labels(runner: Runner) -> None:
    """Refuse to train a classifier on labels that its head does not have.

    Args:
        runner (Runner): In or after ``before_run`` of a training.

    Raises:
        ValueError: If there is such a label.
    """
    num_classes = classes_of_head(unwrap_model(runner.model))
    if num_classes:
        _check_labels(labeled_part(runner.train_dataloader.dataset), num_classes,
                      'the training data')


def classes_of_head(model: nn.Module) -> int | None:
    """Return how many classes of the data a model tells apart.

    Args:
        model (nn.Module): Without wrapper.

    Returns:
        int or None: None where its head does not say, or counts something else, as those of
        self-supervised methods do.
    """
    if isinstance(model, BaseSelfSupervisor):
        return None
    return getattr(getattr(model, 'head', None), 'num_classes', None)


def check_test_data(runner: Runner) -> None:
    """Refuse to train a classifier whose test data mean other classes, hours before the test.

    mmengine builds test data when they are tested. They are read here, and let go of, unless they
    are the validation data or are built already; where they are not on this machine, nothing is
    compared.

    Args:
        runner (Runner): In or after ``before_run`` of a training.

    Raises:
        ValueError: If labels mean different classes.
    """
    test, val = ((runner.cfg.get(f'{name}_dataloader') or {}).get('dataset')
                 for name in ('test', 'val'))
    built = built_loops(runner)
    is_compared = 'test' in built or (test == val and 'val' in built)
    if not test or is_compared or not isinstance(unwrap_model(runner.model), BaseClassifier):
        return
    try:
        with random_streams_kept():  # the weights are drawn after this
            names = class_names(DATASETS.build(copy.deepcopy(test)))
    except (OSError, RuntimeError):
        return  # whoever tests says what is missing
    check_same_classes(names, class_names(runner.train_dataloader.dataset), 'the test data',
                       'the training data')


def check_tested_classes(runner: Runner, checkpoint: Mapping[str, Any]) -> None:
    """Refuse to test a checkpoint on other classes than those it was trained on.

    Args:
        runner (Runner): That has loaded a checkpoint for a test or a validation.
        checkpoint (Mapping): The checkpoint, whose meta information names the classes.

    Raises:
        ValueError: If labels mean different classes, or a metric looks at more classes than the
            head has.
    """
    _check_topk(runner, classes_of_head(unwrap_model(runner.model)))
    expected = names_in((checkpoint.get('meta') or {}).get('dataset_meta'))
    for what, dataset in _evaluated(runner):
        check_same_classes(class_names(dataset), expected, what,
                           'the training data of the checkpoint')



def check_resumed_classes(runner: Runner, checkpoint: Mapping[str, Any]) -> None:
    """Refuse to go on with a training whose labels have meant other classes.

    Args:
        runner (Runner): That has loaded a checkpoint to resume.
        checkpoint (Mapping): The checkpoint, whose meta information names the classes.

    Raises:
        ValueError: If a label means another class, or there are more classes or fewer.
    """
    before = names_in((checkpoint.get('meta') or {}).get('dataset_meta'))
    now = class_names(runner.train_dataloader.dataset)
    if before is None or now is None or before == now:
        return
    if len(before) != len(now):
        difference = f'they had {len(before)} classes and have {len(now)} now'
    else:
        label = next(label for label, name in enumerate(before) if name != now[label])
        difference = f'label {label} was {before[label]!r} and is {now[label]!r} now'
    raise ValueError(f'The training data are not those of the run to resume: {difference}. Put '
                     'the classes (their folders, or the list in the config) back as they were, '
                     'or start anew in another --work-dir.')


def _check_topk(runner: Runner, num_classes: int | None) -> None:
    """Refuse a metric that looks at more classes than there are: it fails once all is predicted.

    So does the accuracy that a head logs, at the first batch.
    """
    found = []
    for part, loop in _evaluations(runner):
        found += [(f'Accuracy in {part}_evaluator', metric.topk)
                  for metric in getattr(loop.evaluator, 'metrics', ())
                  if isinstance(metric, Accuracy)]
    head = getattr(unwrap_model(runner.model), 'head', None)
    if getattr(head, 'cal_acc', False):
        found.append(('model.head', tuple(np.atleast_1d(head.topk).tolist())))
    for whose, topk in found:
        if not all(isinstance(each, int) for each in topk):
            raise ValueError(f'topk of {whose} must be integers, such as (1, 5), got {topk!r}.')
        if num_classes is not None and max(topk, default=0) > num_classes:
            raise ValueError(f'topk={max(topk)} of {whose} is larger than the number of classes, '
                             f'{num_classes}: lower it, as topk=(1, ).')


def _evaluations(runner: Runner) -> Iterator[tuple[str, BaseLoop]]:
    """Yield the loops of evaluation that are built, which are those that will run."""
    return ((part, loop) for part, loop in built_loops(runner).items() if part != 'train')


def _evaluated(runner: Runner) -> Iterator[tuple[str, Any]]:
    if not isinstance(unwrap_model(runner.model), BaseRetriever):
        for part, loop in _evaluations(runner):
            yield f'the {"validation" if part == "val" else part} data', loop.dataloader.dataset


def _check_labels(dataset: Any, num_classes: int, what: str) -> None:
    try:
        labels = gt_labels(dataset)
    except ValueError:
        return  # no labels, or several: whoever needs one of each says so
    try:
        class_counts(dataset, num_classes, labels)
    except ValueError as error:
        raise ValueError(f'In {what}: {error}') from None
