"""The pictures of a report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ltplug.visualization import (
    plot_class_distribution,
    plot_confusion,
    plot_curves,
    plot_per_class,
    plot_per_class_accuracy,
    plot_reliability,
)


@dataclass(frozen=True)
class Picture:
    """A picture on a page.

    Attributes:
        section (str): Where it belongs.
        title (str): What it shows, also for those who cannot see it.
        caption (str): How to read it.
        path (Path): Its file.
    """

    section: str
    title: str
    caption: str
    path: Path


def draw(report: Mapping[str, Any], folder: Path) -> list[Picture]:
    """Draw everything that a run has data for.

    Args:
        report (Mapping): From :func:`ltplug.reports.collect.collect`.
        folder (Path): For the files.

    Returns:
        list[Picture]: In the order of the page.
    """
    classes, groups = report['classes'], report['groups']
    names, counts, group_counts = classes['names'], classes['counts'], classes['group_counts']
    confusion, calibration = report['confusion'], report['calibration']
    pictures: list[Picture] = []

    def add(section: str, name: str, title: str, caption: str,
            plot: Callable[[Path], Path]) -> None:
        pictures.append(Picture(section, title, caption, plot(folder / f'{name}.png')))

    if classes['accuracy'] is not None and group_counts:
        add('classes', 'per_class_accuracy', 'Accuracy of every class over its frequency',
            'A falling line means that rare classes pay for frequent ones.',
            lambda path: plot_per_class_accuracy({'accuracy': classes['accuracy']}, group_counts,
                                                 path, names, groups))
    if confusion is not None:
        add('confusions', 'confusion', 'Confusion matrix, classes by frequency',
            'What lies left of the diagonal is taken for more frequent classes. Colours stretch '
            'small values.',
            lambda path: plot_confusion(confusion['matrix'], confusion['order'], path, names,
                                        groups))
    if calibration:
        add('calibration', 'calibration', 'Accuracy over confidence, by group',
            'Below the dotted line the model is surer than it is right. ECE is the mean distance '
            'of accuracy and confidence over 15 bins.',
            lambda path: plot_reliability(calibration, path))
    if report['curves']:
        add('training', 'curves', 'Losses and metrics over the training',
            'As recorded; of a resumed run all parts.',
            lambda path: plot_curves(report['curves'], path))
    if counts:
        add('data', 'class_distribution', 'Training images of every class', 'On a log scale.',
            lambda path: plot_class_distribution(counts, path, names,
                                                 groups if counts == group_counts else None))
    norms = classes['weight_norm']
    if norms is not None and group_counts and len(norms) == len(group_counts):
        add('classifier', 'weight_norms', 'Length of the weight vector of every class',
            'Classifiers trained on long-tailed data often have longer vectors for frequent '
            'classes, and so prefer them.',
            lambda path: plot_per_class({'weight norm': norms}, group_counts, path,
                                        'Length of the weight vector', names, groups))
    return pictures
