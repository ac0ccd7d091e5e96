"""The command line that says what is wrong with an installation."""

import argparse
import sys

from ..doctor import diagnose


def doctor_main(arguments: list[str] | None = None) -> None:
    """Run ``ltplug doctor``; exits with 1 if something keeps ltplug from training.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Show versions and devices, and what is wrong with them; the exit status is 1 '
        'if something keeps ltplug from training.')
    parser.add_argument('--work-dir', default='work_dirs',
                        help='folder that runs are to be written to (default: work_dirs)')
    args = parser.parse_args(arguments)
    found = diagnose(args.work_dir)
    width = max(len(name) for name, _ in found.facts)
    for name, value in found.facts:
        print(f'{name:{width}}  {value}')
    print()
    for sentence in found.errors:
        print(f'Error: {sentence}')
    for sentence in found.limits:
        print(f'Note: {sentence}')
    if found.errors:
        sys.exit(1)
    print('Nothing keeps ltplug from training here.')
