"""The command line of ``tools/analysis/profile.py``: where the time of a training goes."""

import argparse
import tempfile

from .common import OverrideAction, run_and_explain

_LEAST_SHARE = 0.003


def profile_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/profile.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Train for some steps and print the shares of loading, preparing, forward and '
        'backward pass, optimizer, queue, clustering and hooks, and images a second.')
    parser.add_argument('config', help='config file')
    parser.add_argument('--steps', type=int, default=50, help='that are timed (default 50)')
    parser.add_argument('--warmup', type=int, default=5, help='steps before them (default 5)')
    parser.add_argument('--amp', action='store_true', help='as of tools/train.py')
    parser.add_argument('--generated', type=int, metavar='N',
                        help='train on N random images instead of those of the config')
    parser.add_argument('--cfg-options', nargs='+', action=OverrideAction, metavar='KEY=VALUE',
                        help='as of tools/train.py')
    parser.add_argument('--out', metavar='FILE.json', help='write the numbers to this file')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _profile(args))


def _profile(args: argparse.Namespace) -> None:
    import dataclasses

    from ..apis.profiling import profile  # takes seconds, which --help need not
    from ..utils import write_json

    with tempfile.TemporaryDirectory() as work_dir:
        result, facts = profile(args.config, work_dir, args.steps, args.warmup, args.amp,
                                args.cfg_options, args.generated)
    _print(result, facts)
    if args.out:
        write_json(args.out, {**facts, **dataclasses.asdict(result)})


def _print(result, facts: dict) -> None:
    from rich import box
    from rich.table import Table

    from ..evaluation.tables import render

    table = Table('Part of a step', box=box.SIMPLE_HEAD, title_justify='left',
                  title=f'{facts["device"]}, {facts["threads"]} threads, {facts["precision"]}, '
                  f'batch {facts["batch_size"]}, {facts["workers"]} workers')
    table.add_column('ms', justify='right')
    table.add_column('share', justify='right')
    small = 0.0
    for name, seconds in result.sections.items():
        if result.share(name) < _LEAST_SHARE:
            small += seconds
        else:
            table.add_row(name, f'{seconds * 1e3:.2f}', f'{result.share(name):.1%}')
    share = small / sum(result.sections.values())
    table.add_row('all others', f'{small * 1e3:.2f}', f'{share:.1%}')
    print(render(table))
    print(f'\n{result.images_per_second:,.0f} images/s ({result.step_seconds * 1e3:.1f} ms a step '
          'as it runs, epochs apart).')
    reached = result.images_per_second / result.ready_images_per_second
    print(f'The network alone, on one batch that lies ready, takes '
          f'{result.ready_images_per_second:,.0f} images/s: {reached:.0%} are reached.')
    if result.utilization is not None:
        print(f'The GPU is busy {result.utilization:.0%} of the time.')
    per_process = 1 / result.loading_seconds
    print(f'One process loads {per_process:,.0f} images/s: {facts["workers"]} workers at most '
          f'{per_process * max(facts["workers"], 1):,.0f}.')
