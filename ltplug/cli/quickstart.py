"""The command line of the quickstart."""

import argparse

from .common import run_and_explain


def quickstart_main(arguments: list[str] | None = None) -> None:
    """Run ``ltplug quickstart``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Train two methods on bundled long-tailed digits, print their table and draw '
        'a picture; about a minute on two CPU cores.')
    parser.add_argument('--work-dir', default='work_dirs/quickstart',
                        help='folder of the runs and the picture (default: work_dirs/quickstart); '
                        'runs of an earlier quickstart in it are replaced')
    args = parser.parse_args(arguments)

    def run() -> None:
        from ..apis.quickstart import quickstart  # takes seconds, which --help need not
        from ..zoo import config_folder
        quickstart(config_folder(), args.work_dir)

    run_and_explain(run)
