"""The command line of ``tools/analysis/launches.py``: what a training step asks of a GPU."""

import argparse
import tempfile

from .common import OverrideAction, run_and_explain


def launches_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/launches.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Count the operators that a training step starts on a GPU, copies to it, and '
        'what waits for it; needs none.')
    parser.add_argument('configs', nargs='+', metavar='config', help='config files')
    parser.add_argument('--generated', type=int, metavar='N',
                        help='train on N random images instead of those of the config')
    parser.add_argument('--places', type=int, default=0, metavar='N',
                        help='also name the N places in the code that start most')
    parser.add_argument('--cfg-options', nargs='+', action=OverrideAction, metavar='KEY=VALUE',
                        help='as of tools/train.py')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _launches(args))


def _launches(args: argparse.Namespace) -> None:
    from ..apis.profiling import count_launches  # takes seconds, which --help need not

    for config in args.configs:
        with tempfile.TemporaryDirectory() as work_dir:
            count = count_launches(config, work_dir, args.cfg_options, args.generated)
        _print(str(config), count, args.places)


def _print(name: str, count, num_places: int) -> None:
    from rich import box
    from rich.table import Table

    from ..evaluation.tables import render

    table = Table('Part of a step', box=box.SIMPLE_HEAD)
    table.add_column('operators', justify='right')
    for section, number in count.sections.items():
        table.add_row(section, f'{number:,}')
    table.add_row('all', f'{count.total:,}')
    print(f'{name}\n\n{render(table)}')
    print(f'\n{len(count.uploads)} copies to the GPU.')
    for (operator, place), number in count.waits.items():
        print(f'Waits for the GPU: {number} x {operator} in {place}')
    for upload in count.uploads:
        if not upload.non_blocking:
            print(f'Waits for the GPU: a copy of {upload.nbytes:,} bytes in {upload.place}')
    for place, number in count.places.most_common(num_places):
        print(f'{number:6,} {place}')
