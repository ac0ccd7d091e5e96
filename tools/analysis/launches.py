"""What a training step asks of a GPU: ``python tools/analysis/launches.py CONFIG``."""

from ltplug.cli.launches import launches_main

if __name__ == '__main__':
    launches_main()
