"""Publish a checkpoint: ``python tools/model_converters/publish.py CONFIG CHECKPOINT OUT``."""

from ltplug.cli.models import publish_main

if __name__ == '__main__':
    publish_main()
