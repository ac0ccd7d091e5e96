"""What a recipe tells: its plan before, its results after."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.table import Table

from ltplug.engine.schedule_check import find_late_points
from ltplug.evaluation import comparison_table
from ltplug.evaluation.tables import render

from .check import Trial
from .stages import Recipe
from .state import RecipeState


def plan_table(recipe: Recipe, state: RecipeState, names: Iterable[str],
               trials: Mapping[str, Trial]) -> str:
    """Return the stages of a recipe as a table.

    Args:
        recipe (Recipe): The recipe.
        state (RecipeState): What is finished.
        names (Iterable[str]): The stages that would run.
        trials (Mapping[str, Trial]): What trying them has shown.

    Returns:
        str: Several lines.
    """
    table = Table(box=box.SIMPLE_HEAD, title=f'Plan of {recipe.file} in {recipe.work_dir}',
                  title_justify='left')
    for column in ('Stage', 'What', 'Takes', 'State'):
        table.add_column(column, overflow='fold')
    names, missing = set(names), {}
    for name, stage in recipe.stages.items():
        if stage.task is not None:
            what = stage.task['type']
        else:
            length = stage.config.train_cfg
            unit = 'epochs' if 'max_epochs' in length else 'iters'
            what = f'train {length[f"max_{unit}"]} {unit}'
        status = state.status(name) if name in names else 'left out'
        trial = trials.get(name)
        if trial is not None and trial.missing_data:
            missing[name] = trial.missing_data
            status += ', data would be fetched' if trial.is_fetched else ', no data'
        elif name in names and status != 'done':
            status += ', can be built'
        table.add_row(name, what, ', '.join(stage.needs) or '-', status)
    lines = [render(table)]
    lines += [f'  Data of stage {name}: {text}' for name, text in missing.items()]
    for name in [name for name in trials if recipe.stages[name].task is None]:
        lines += [f'  Stage {name}: {sentence}'
                  for sentence in find_late_points(recipe.stages[name].config)]
    lines.append(f'  Groups of all tables: class counts of stage {recipe.groups_from}')
    return '\n'.join(lines)


def stage_table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the results of all tested stages, one column a stage.

    Stages whose groups differ, such as those given by label, get a table of their own.

    Args:
        results (Mapping[str, Mapping]): Result of :func:`ltplug.apis.test` by name of the stage.

    Returns:
        str: Several lines; '' where no stage has accuracies by group.
    """
    tables: list[tuple[Mapping, dict]] = []
    for name, result in results.items():
        for details in result.get('groups', ())[:1]:
            same = [metrics for shown, metrics in tables
                    if (shown['groups'], shown['class_counts']) ==
                    (details['groups'], details['class_counts'])]
            if not same:
                same = [{}]
                tables.append((details, same[0]))
            same[0][name] = group_metrics(result)
    return '\n'.join(comparison_table(metrics, shown['groups'], shown['class_counts'])
                     for shown, metrics in tables)


def group_metrics(result: Mapping[str, Any]) -> dict[str, float]:
    """Return the accuracies of one test under their short names.

    Args:
        result (Mapping): Result of :func:`ltplug.apis.test`, with groups.

    Returns:
        dict[str, float]: In percent, such as ``top1`` and ``few``.
    """
    prefix = result['groups'][0]['prefix'] + '/'
    return {key.removeprefix(prefix): value for key, value in result['metrics'].items()
            if key.startswith(prefix)}
