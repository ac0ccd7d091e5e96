"""Losses and metrics over the course of a training."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_NO_RESULTS = {'step', 'epoch', 'iter', 'time', 'data_time', 'memory', 'base_lr'}
_MAX_LINES, _MAX_OTHERS = 6, 4


@dataclass
class Panel:
    """Values with one axis.

    Attributes:
        title (str): What they are.
        unit (str): Of the horizontal axis: 'Iteration' or 'Epoch'.
        lines (dict[str, dict[float, float]]): Value by place, by name.
    """

    title: str
    unit: str
    lines: dict[str, dict[float, float]] = field(default_factory=dict)


def read_scalars(folder: str | Path) -> list[dict]:
    """Return what mmengine recorded in all starts of a run, oldest first.

    Args:
        folder (str or Path): Folder of the run, with ``<time>/vis_data/scalars.json``.

    Returns:
        list[dict]: Values by name; of a training step with 'iter', of an evaluation with 'step'.
    """
    records = []
    for path in sorted(Path(folder).glob('*/vis_data/scalars.json')):
        for line in path.read_text(encoding='utf-8').splitlines():
            try:
                records.append(json.loads(line))
            except ValueError:
                continue  # a run that was killed may leave half a line
    return records


def curve_panels(records: Iterable[dict], group_names: Sequence[str] = (),
                 prefix: str | None = None) -> list[Panel]:
    """Sort what was recorded into panels: losses, learning rate, accuracies by group, others.

    Where a resumed run repeats a step, its value counts.

    Args:
        records (Iterable[dict]): From :func:`read_scalars`.
        group_names (Sequence[str]): Groups of the accuracies. Defaults to none.
        prefix (str, optional): Of the names of these accuracies.

    Returns:
        list[Panel]: Without empty ones; at most six lines in each and four panels of others.
    """
    records = list(records)
    step_unit = 'Epoch' if any('epoch' in record for record in records) else 'Iteration'
    shown = {f'{prefix}/{name}' for name in ('top1', *group_names)}
    main = {'loss': Panel('Training loss', 'Iteration'),
            'lr': Panel('Learning rate', 'Iteration'),
            'accuracy': Panel('Validation accuracy (%)', step_unit)}
    others: dict[str, Panel] = {}
    for record in records:
        is_step = 'iter' in record
        place = record.get('iter', record.get('step'))
        for name, value in record.items():
            if name in _NO_RESULTS or name.startswith('test/') or \
                    not isinstance(value, int | float):
                continue
            family, _, short = name.rpartition('/')
            if name in shown:
                panel, label = main['accuracy'], short
            elif family and family == prefix:
                continue  # means and extremes over the groups
            elif name == 'lr':
                panel, label = main['lr'], 'learning rate'
            elif 'loss' in short and is_step:
                panel, label = main['loss'], name
            else:
                unit = 'Iteration' if is_step else step_unit
                panel = others.setdefault(family or name, Panel(family or name, unit))
                label = short
            if label in panel.lines or len(panel.lines) < _MAX_LINES:
                panel.lines.setdefault(label, {})[place] = value
    panels = [main['loss'], main['accuracy'], main['lr'], *list(others.values())[:_MAX_OTHERS]]
    return [panel for panel in panels if panel.lines]
