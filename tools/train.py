"""Train a config: ``python tools/train.py CONFIG``."""

from ltplug.apis.cli import train_main

if __name__ == '__main__':
    train_main()
