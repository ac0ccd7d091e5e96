"""Train a config: ``python tools/train.py CONFIG``."""

from ltplug.cli.running import train_main

if __name__ == '__main__':
    train_main()
