"""Writing a trained classifier for programs without ltplug."""

import copy
import json
import os
from pathlib import Path

import numpy as np
import torch

from ltplug.engine.export import INPUT, OUTPUT, WRITERS, ImagesToLogits
from ltplug.engine.prediction import image_scores
from ltplug.utils import random_streams_kept
from ltplug.version import __version__

from .classifier import Classifier

SCORE_TOLERANCE = 1e-4


def export(model: Classifier, out: str | os.PathLike, image_size: int | None = None) -> Path:
    """Write a classifier as one file that runs without ltplug.

    The graph takes ``images``, float32 [N, 3, H, W], RGB, with values in [0, 255], any N; gray
    images [N, 1, H, W] where the model was trained on gray ones. Normalisation, and the order of
    channels that the model was trained with, are inside; reading and resizing are not. It gives
    ``logits``, float32 [N, C], whose softmax are the scores of :meth:`Classifier.predict`: what a
    head does to them at test (the scale of cosines, the adjustment by class counts) is inside.
    Of a model with several branches the one that predicts is taken.

    The metadata of the file (of ONNX ``metadata_props``, else an extra file ``ltplug.json``) are
    texts: ``classes`` and ``class_counts`` (JSON), ``input``, ``output``, ``transforms`` (JSON,
    how images are brought to their size) and ``ltplug`` (version).

    The file is run on random images, in another number than it was made from, and compared with
    the model; an ONNX file where onnxruntime is installed.

    Args:
        model (Classifier): From :func:`ltplug.apis.load_model`.
        out (path): Ends in .onnx, .pt2 (``torch.export``) or .pt (TorchScript, which torch has
            deprecated).
        image_size (int, optional): Side in pixels. Defaults to that of the test images.

    Returns:
        Path: The file.

    Raises:
        ImportError: If a package that writes the format is not installed.
        ValueError: If the ending is unknown, the size of images is open, the transforms change
            colours, or the head predicts in a way of its own.
        RuntimeError: If the file gives other scores than the model.
    """
    path = Path(out)
    if path.suffix not in WRITERS:
        raise ValueError(f'Models are exported as {", ".join(WRITERS)}, not as {str(path)!r}.')
    shape = _input_shape(model, image_size)
    network = copy.deepcopy(model.model).cpu()
    module = ImagesToLogits(network, model.reader.packed_order == 'bgr').eval()
    with random_streams_kept():
        torch.manual_seed(0)
        example, others = torch.rand(2, *shape) * 255, torch.rand(3, *shape) * 255
    expected = image_scores(network, others.flip(1) if module.flip_channels else others).numpy()
    with torch.no_grad():
        if _difference(module(others).numpy(), expected) > SCORE_TOLERANCE:
            raise ValueError(f'{type(network).__name__} with {type(network.head).__name__} makes '
                             'its scores in a way of its own, not as the softmax of logits, and '
                             'cannot be exported.')
    path.parent.mkdir(parents=True, exist_ok=True)
    run = WRITERS[path.suffix](module, example, path, _metadata(model, shape))
    difference = 0.0 if run is None else _difference(run(others.numpy()), expected)
    if not difference <= SCORE_TOLERANCE:
        path.unlink()
        raise RuntimeError(f'The scores of the exported model differ by {difference:.2g}, so '
                           f'{path} was removed: try another format.')
    return path


def _input_shape(model: Classifier, image_size: int | None) -> tuple[int, int, int]:
    reader = model.reader
    if reader.packed_order is None:
        raise ValueError('The test transforms change the colours or values of images, which would '
                         'be missing from the graph: move them into the data preprocessor.')
    channels = 1 if reader.packed_order == 'gray' else 3
    if image_size is not None:
        return channels, image_size, image_size
    if reader.input_shape is None:
        raise ValueError('The test images have no fixed size: pass image_size=PIXELS (--image-size '
                         'PIXELS on the command line).')
    return reader.input_shape


def _difference(logits: np.ndarray, scores: np.ndarray) -> float:
    return float(np.abs(torch.from_numpy(logits).softmax(dim=1).numpy() - scores).max())


def _metadata(model: Classifier, shape: tuple[int, int, int]) -> dict[str, str]:
    channels, height, width = shape
    kind = 'gray' if channels == 1 else 'RGB'
    return {
        'ltplug': __version__,
        'input': f'{INPUT}: float32 [N, {channels}, {height}, {width}], {kind}, values in [0, '
                 '255], not normalised',
        'output': f'{OUTPUT}: float32 [N, {len(model.class_names)}]; their softmax are the scores',
        'classes': json.dumps(model.class_names, ensure_ascii=False),
        'class_counts': json.dumps(model.class_counts),
        'transforms': json.dumps(model.reader.steps),
    }
