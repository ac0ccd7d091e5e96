"""Classifiers as graphs that other programs run: ONNX, torch.export and TorchScript."""

import importlib.util
import io
import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ltplug.models.utils import prediction_logits
from ltplug.utils import write_atomically

INPUT, OUTPUT = 'images', 'logits'
METADATA_FILE = 'ltplug.json'
"""Name of the metadata inside a .pt or .pt2 file."""
OPSET = 18
Run = Callable[[np.ndarray], np.ndarray]


class ImagesToLogits(nn.Module):
    """A classifier from pixels to logits.

    Args:
        model (nn.Module): The classifier, with its data preprocessor.
        flip_channels (bool): Whether its images are BGR.
    """

    def __init__(self, model: nn.Module, flip_channels: bool) -> None:
        super().__init__()
        self.model = model
        self.flip_channels = flip_channels

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits [N, C], whose softmax are the scores.

        Args:
            images (Tensor): float32 [N, 3, H, W], RGB, values in [0, 255].
        """
        if self.flip_channels:
            images = images.flip(1)
        data = self.model.data_preprocessor({'inputs': images, 'data_samples': None},
                                            training=False)
        return prediction_logits(self.model, data['inputs'])


def write_onnx(module: nn.Module, example: torch.Tensor, path: Path,
               metadata: Mapping[str, str]) -> Run | None:
    """Write a graph for ONNX runtimes.

    Args:
        module (nn.Module): From images to logits, on the CPU.
        example (Tensor): At least two images.
        path (Path): The file.
        metadata (Mapping[str, str]): What becomes the ``metadata_props`` of the file.

    Returns:
        Callable, optional: Runs the file; None where onnxruntime is not installed.

    Raises:
        ImportError: If onnx or onnxscript are not installed.
    """
    lacking = [name for name in ('onnx', 'onnxscript') if importlib.util.find_spec(name) is None]
    if lacking:
        raise ImportError(f'Writing ONNX needs {" and ".join(lacking)}: pip install '
                          '"ltplug[export]".')
    program = torch.onnx.export(_exported(module, example), dynamo=True, opset_version=OPSET,
                                input_names=[INPUT], output_names=[OUTPUT], verbose=False)
    program.model.metadata_props.update(metadata)
    content = program.model_proto.SerializeToString()
    write_atomically(path, lambda file: file.write(content))
    if importlib.util.find_spec('onnxruntime') is None:
        return None
    import onnxruntime
    session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    return lambda images: session.run([OUTPUT], {INPUT: images})[0]


def write_program(module: nn.Module, example: torch.Tensor, path: Path,
                  metadata: Mapping[str, str]) -> Run:
    """Write a program of ``torch.export``, which ``torch.export.load`` reads.

    Args:
        module (nn.Module): From images to logits, on the CPU.
        example (Tensor): At least two images.
        path (Path): The file.
        metadata (Mapping[str, str]): What becomes the extra file ``ltplug.json``.

    Returns:
        Callable: Runs the file.
    """
    extra = {METADATA_FILE: json.dumps(metadata)}
    program, content = _exported(module, example), io.BytesIO()
    torch.export.save(program, content, extra_files=extra)
    write_atomically(path, lambda file: file.write(content.getbuffer()))
    return _runner(torch.export.load(path).module())


def write_torchscript(module: nn.Module, example: torch.Tensor, path: Path,
                      metadata: Mapping[str, str]) -> Run:
    """Write TorchScript, which ``torch.jit.load`` and programs in C++ read.

    Args:
        module (nn.Module): From images to logits, on the CPU.
        example (Tensor): At least two images.
        path (Path): The file.
        metadata (Mapping[str, str]): What becomes the extra file ``ltplug.json``.

    Returns:
        Callable: Runs the file.
    """
    with warnings.catch_warnings():
        # it is deprecated, and still what C++ programs read; the result is checked afterwards
        warnings.filterwarnings('ignore', message=r'.*torch\.jit')
        warnings.filterwarnings('ignore', category=torch.jit.TracerWarning)
        with torch.no_grad():
            traced = torch.jit.trace(module, example)
        content = io.BytesIO()
        torch.jit.save(traced, content, _extra_files={METADATA_FILE: json.dumps(metadata)})
        write_atomically(path, lambda file: file.write(content.getbuffer()))
        return _runner(torch.jit.load(path))


WRITERS = {'.onnx': write_onnx, '.pt2': write_program, '.pt': write_torchscript}
"""What writes a file, by its ending."""


def _exported(module: nn.Module, example: torch.Tensor) -> torch.export.ExportedProgram:
    batch = torch.export.Dim('batch')
    with torch.no_grad():
        return torch.export.export(module, (example, ), dynamic_shapes=({0: batch}, ))


def _runner(module: nn.Module) -> Run:
    @torch.no_grad()
    def run(images: np.ndarray) -> np.ndarray:
        return module(torch.from_numpy(images)).numpy()
    return run
