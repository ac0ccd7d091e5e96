"""The command lines that look at finished runs."""

import argparse

from .common import run_and_explain


def report_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/report.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Write report.html for finished runs, as they do themselves at their end.')
    parser.add_argument('folders', nargs='+', metavar='FOLDER',
                        help='work dir of a training or a test, or folder of a stage of a recipe')
    args = parser.parse_args(arguments)

    def run() -> None:
        from ..reports import write_report  # takes seconds, which --help need not
        for folder in args.folders:
            print(write_report(folder))

    run_and_explain(run)


def compare_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/compare.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Compare methods by group and class: mean and deviation over seeds, gains over '
        'the first method, and their significance by paired bootstrap over test images.')
    parser.add_argument('runs', nargs='+', metavar='[NAME=]RUN',
                        help='work dir of a training, a recipe, one of its stages, a test, or of '
                        '--seeds; runs of one NAME, and folders seed_N of one folder, are one '
                        'method')
    parser.add_argument('--stage', help='of recipes, the stage (default: the last tested one)')
    parser.add_argument('--resamples', type=int, default=2000, help='test sets of the bootstrap')
    parser.add_argument('--seed', type=int, default=0, help='of the bootstrap')
    parser.add_argument('--out', default='work_dirs/comparison',
                        help='folder of comparison.html, .md, .tex, .csv, .json and the pictures')
    args = parser.parse_args(arguments)

    def run() -> None:
        from ..reports.comparison import compare  # takes seconds, which --help need not
        from ..reports.comparison_page import write_comparison
        from ..reports.comparison_tables import tables_of, to_text
        from ..reports.find_runs import find_runs
        if args.resamples < 1:
            raise ValueError(f'--resamples must be at least 1, got {args.resamples}.')
        comparison = compare(find_runs(args.runs, args.stage), args.resamples, args.seed)
        for table in tables_of(comparison):
            print(to_text(table) + '\n')
        print(f'Page: {write_comparison(comparison, args.out)}')

    run_and_explain(run)
