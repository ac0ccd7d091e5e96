"""The command lines that look at finished runs."""

import argparse

from .cli import run_and_explain


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
        from .reports import write_report  # takes seconds, which --help need not
        for folder in args.folders:
            print(write_report(folder))

    run_and_explain(run)
