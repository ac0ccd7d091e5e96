"""The command lines that turn checkpoints into other files."""

import argparse

from .common import run_and_explain


def publish_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/model_converters/publish.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Write a checkpoint with backbone, neck and head alone, a hash in its name, '
        'and beside it the config that tests it.')
    parser.add_argument('config', help='config that the checkpoint was trained with')
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('out', help='file to write; the hash is added to its name')

    def run() -> None:
        args = parser.parse_args(arguments)
        from ..apis.config import load_config  # takes seconds, which --help need not
        from ..engine.publish import publish
        for path in publish(load_config(args.config), args.checkpoint, args.out):
            print(path)

    run_and_explain(run)


def export_backbone_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/model_converters/export_backbone.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description="Write the weights of a checkpoint's backbone alone, under the names of "
        "torchvision's ResNets, for detectors and other models.")
    parser.add_argument('checkpoint', help='checkpoint file')
    parser.add_argument('out', help='file to write')

    def run() -> None:
        args = parser.parse_args(arguments)
        from ..engine.publish import export_backbone  # takes seconds, which --help need not
        print(export_backbone(args.checkpoint, args.out))

    run_and_explain(run)
