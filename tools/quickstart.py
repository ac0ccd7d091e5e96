"""Train two methods on bundled images and compare them: ``make quickstart``."""

from pathlib import Path

from ltplug.cli.common import run_and_explain


def main() -> None:
    """Run the quickstart with the configs beside this script."""
    from ltplug.apis.quickstart import quickstart
    quickstart(Path(__file__).parent.parent / 'configs')


if __name__ == '__main__':
    run_and_explain(main)
