"""Test a checkpoint: ``python tools/test.py CONFIG CHECKPOINT``."""

from ltplug.cli.running import test_main

if __name__ == '__main__':
    test_main()
