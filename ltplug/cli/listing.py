"""The command line that shows what ltplug ships."""

import argparse
import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from ..zoo import ShippedConfig, select_configs, shipped_configs


def list_main(arguments: list[str] | None = None) -> None:
    """Run ``ltplug list``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Show the methods that ltplug ships configs of, or with a pattern or a filter '
        'the configs themselves.')
    parser.add_argument('pattern', nargs='?',
                        help="part of the name, or a pattern for all of it: 'ldam*digits-lt'")
    parser.add_argument('--method', help="such as ldam, which includes ldam-drw, or 'cr*'")
    parser.add_argument('--dataset', help="such as cifar10 or '*-ir50'")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument('--recipes', action='store_true', help='recipes only')
    kind.add_argument('--no-recipes', action='store_true', help='single trainings only')
    parser.add_argument('--names', action='store_true', help='print bare names, one a line')
    args = parser.parse_args(arguments)
    recipes = True if args.recipes else False if args.no_recipes else None
    try:
        found = select_configs(args.pattern, args.method, args.dataset, recipes)
        everything = len(found) == len(shipped_configs())
    except FileNotFoundError as error:
        sys.exit(f'Error: {error}')
    if not found:
        sys.exit('Error: ltplug ships no such config; "ltplug list" shows the methods and data '
                 'sets that there are.')
    if args.names:
        print('\n'.join(config.name for config in found))
        return
    console = Console(highlight=False, soft_wrap=True)
    if everything and args.pattern is None:
        console.print(methods_table(found))
        datasets = sorted({config.dataset for config in found})
        console.print(f'Data sets: {", ".join(datasets)}\n\n"ltplug list PATTERN" names configs, '
                      'as in "ltplug list ldam"; "ltplug train NAME" trains one.', markup=False)
        return
    table = configs_table(found)
    # Names are there to be copied: no narrow terminal cuts them.
    unbounded = console.options.update(max_width=1000)
    console.width = max(console.width, Measurement.get(console, unbounded, table).maximum)
    console.print(table)


def methods_table(configs: Sequence[ShippedConfig]) -> Table:
    """Return a table with a row for each folder of configs.

    Args:
        configs (Sequence[ShippedConfig]): What is in them.

    Returns:
        Table: Folder, methods, number of trainings and recipes.
    """
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column('Folder', no_wrap=True)
    table.add_column('Methods', overflow='fold')
    table.add_column('Trainings', justify='right')
    table.add_column('Recipes', justify='right')
    for folder in sorted({config.folder for config in configs}):
        inside = [config for config in configs if config.folder == folder]
        recipes = sum(config.is_recipe for config in inside)
        table.add_row(folder, ', '.join(sorted({config.method for config in inside})),
                      str(len(inside) - recipes), str(recipes))
    return table


def configs_table(configs: Sequence[ShippedConfig]) -> Table:
    """Return a table with a row for each config.

    Args:
        configs (Sequence[ShippedConfig]): The configs.

    Returns:
        Table: Name, which begins with the method, data set and kind.
    """
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ('Config', 'Data set', 'Kind'):
        table.add_column(heading, no_wrap=True)
    for config in configs:
        table.add_row(config.name, config.dataset,
                      'recipe' if config.is_recipe else 'training')
    return table
