"""The command lines that use a trained classifier: predict images, export the model."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from .common import add_overrides, add_trust, run_and_explain

_CHECKPOINTS = ('.pth', '.pt', '.ckpt')
_NAMED = 5
_MODEL = ('work dir of a training or a recipe, folder of a stage, checkpoint in such a folder, or '
          'a config')


def predict_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/predict.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        usage='%(prog)s MODEL [CHECKPOINT] IMAGES... [options]',
        description='Predict images by a trained classifier: files, and folders with all their '
        'subfolders. Images that cannot be read are named; the others are predicted.')
    _add_model(parser)
    parser.add_argument('images', nargs='+', metavar='IMAGES',
                        help='image files and folders; before them the checkpoint, where MODEL is '
                        'a config')
    parser.add_argument('--out', help='write the predictions to this .csv or .json file instead '
                        'of printing them')
    parser.add_argument('--topk', type=int, default=5, help='classes kept of each image')
    parser.add_argument('--batch-size', type=int, default=64, help='images per step')
    parser.add_argument('--num-workers', type=int, default=2, help='processes that read images')
    parser.add_argument('--labels-from-folders', action='store_true',
                        help='the images of a class lie in a subfolder with its name: print the '
                        'accuracies of many-, medium- and few-shot classes')

    def run() -> None:
        args = parser.parse_args(arguments)
        checkpoint = args.images.pop(0) if args.images[0].endswith(_CHECKPOINTS) else None
        if not args.images:
            parser.error('no images are given')
        _predict(args, checkpoint)

    run_and_explain(run)


def export_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/model_converters/export.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        usage='%(prog)s MODEL [CHECKPOINT] OUT [options]',
        description='Write a trained classifier as one file that runs without ltplug, and compare '
        'the file with the model. It takes RGB images, float32 [N, 3, H, W] in [0, 255], and gives '
        'logits.')
    _add_model(parser)
    parser.add_argument('checkpoint', nargs='?', help='checkpoint, where MODEL is a config')
    parser.add_argument('out', help='file to write: .onnx, .pt2 (torch.export) or .pt '
                        '(TorchScript)')

    def run() -> None:
        args = parser.parse_args(arguments)
        from ..apis import export  # takes seconds, which --help need not
        print(export(_load(args, args.checkpoint), args.out))

    run_and_explain(run)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('model', metavar='MODEL', help=_MODEL)
    parser.add_argument('--stage', help='of a recipe, the stage whose model is taken; else the '
                        'last')
    parser.add_argument('--device', help='such as cpu or cuda:1; else a GPU if there is one')
    parser.add_argument('--image-size', type=int, help='side in pixels that images are resized '
                        'to, where the config does not tell it')
    parser.add_argument('--channel-order', choices=('rgb', 'bgr', 'gray'),
                        help='of the training images, where they were in memory and do not tell it')
    add_overrides(parser)
    add_trust(parser)


def _load(args: argparse.Namespace, checkpoint: str | None) -> Any:
    from ..apis import load_model

    return load_model(args.model, checkpoint, args.device, args.stage, args.cfg_options,
                      args.image_size, args.channel_order, args.trust_checkpoint)


def _predict(args: argparse.Namespace, checkpoint: str | None) -> None:
    from ..apis import Predictions, group_metrics
    from ..apis.group_accuracies import FOLDERS, check_folders
    from ..apis.predictions import check_suffix, write_predictions
    from ..datasets.find_images import find_images

    if args.out is not None:
        check_suffix(args.out)
    model = _load(args, checkpoint)
    if args.labels_from_folders:
        check_folders(find_images(args.images), model.facts)
    tally = _Tally(keep=args.labels_from_folders)
    stream = tally.count(model.stream(args.images, args.batch_size, args.topk, args.num_workers))
    if args.out is None:
        for each in stream:
            print(_line(each))
    else:
        topk = min(args.topk, len(model.class_names))
        print(f'Predictions: {write_predictions(stream, args.out, topk)}')
    if args.labels_from_folders:
        print(group_metrics(Predictions(tally.kept, model.facts), FOLDERS))
    tally.tell()


def _line(prediction: Any) -> str:
    if prediction.error is not None:
        return f'{prediction.image}: cannot be read'
    ranks = zip(prediction.classes, prediction.scores, strict=True)
    return f'{prediction.image}: ' + ', '.join(f'{name} {score:.1%}' for name, score in ranks)


class _Tally:
    """Counts predictions that pass, and keeps the most probable class of each if asked."""

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self.kept: list[Any] = []
        self.number = 0
        self.failed: dict[str, str] = {}

    def count(self, predictions: Iterable[Any]) -> Iterator[Any]:
        for each in predictions:
            self.number += 1
            if each.error is not None:
                self.failed[each.image] = each.error
            if self.keep:
                self.kept.append(replace(each, labels=each.labels[:1], classes=each.classes[:1],
                                         scores=each.scores[:1]))
            yield each

    def tell(self) -> None:
        """Name the images that could not be read."""
        if not self.failed:
            return
        named = ', '.join(f'{image} ({reason})'
                          for image, reason in list(self.failed.items())[:_NAMED])
        more = f' and {len(self.failed) - _NAMED} more' if len(self.failed) > _NAMED else ''
        print(f'{len(self.failed)} of {self.number} images cannot be read: {named}{more}.',
              file=sys.stderr)
