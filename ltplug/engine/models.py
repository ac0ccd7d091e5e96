"""Loading and saving models between the stages of a recipe."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.dist import is_main_process
from mmengine.runner import CheckpointLoader
from torch import nn

from ltplug.engine.checkpoint_fit import check_fit
from ltplug.engine.checkpoint_meta import META_KEY
from ltplug.registry import MODELS
from ltplug.utils.files import write_atomically

CHECKPOINT_FILE = 'checkpoint.pth'


def build_model(config: Config) -> nn.Module:
    """Build the model of a Runner config, with its data preprocessor.

    Args:
        config (Config): The config.

    Returns:
        nn.Module: The model, with initial weights.
    """
    model = copy.deepcopy(config.model)
    if config.get('data_preprocessor') is not None:
        model.setdefault('data_preprocessor', copy.deepcopy(config.data_preprocessor))
    return MODELS.build(model)


def load_model(config: Config, state: Mapping[str, torch.Tensor],
               untrained: str | None = None,
               device: torch.device | str | None = None) -> nn.Module:
    """Build a model and give it weights, in evaluation mode.

    Args:
        config (Config): Its config.
        state (Mapping[str, Tensor]): Its tensors by name.
        untrained (str, optional): A module of the model that keeps its initial values.
        device (torch.device or str, optional): Where it goes. Defaults to that of this process.

    Returns:
        nn.Module: The model.

    Raises:
        RuntimeError: If the tensors are of another architecture.
    """
    model = build_model(config)
    skipped = f'{untrained}.'
    expected = {key: value.shape for key, value in model.state_dict().items()
                if not key.startswith(skipped)}
    state = {key: value for key, value in state.items() if not key.startswith(skipped)}
    check_fit(expected, {key: value.shape for key, value in state.items()}, min_fraction=1.0)
    model.load_state_dict(state, strict=False)
    return model.to(get_device() if device is None else device).eval()


def read_weights(path: str | Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Read weights and what ltplug has noted beside them.

    Args:
        path (str or Path): A checkpoint.

    Returns:
        tuple[dict, dict]: Tensors by name, and the meta information that a test needs: class
        counts and the data set's names.
    """
    checkpoint = CheckpointLoader.load_checkpoint(str(path), 'cpu')
    meta = checkpoint.get('meta', {})
    return checkpoint.get('state_dict', checkpoint), {
        key: meta[key] for key in (META_KEY, 'dataset_meta') if key in meta}


def write_weights(folder: Path, state: Mapping[str, torch.Tensor],
                  meta: Mapping[str, Any]) -> Path:
    """Write a checkpoint that a test run or a later stage loads; the main process does.

    Args:
        folder (Path): Where.
        state (Mapping[str, Tensor]): Tensors by name.
        meta (Mapping): From :func:`read_weights`.

    Returns:
        Path: The file.
    """
    path = folder / CHECKPOINT_FILE
    if is_main_process():
        content = {'meta': dict(meta), 'state_dict': dict(state)}
        write_atomically(path, lambda file: torch.save(content, file))
    return path
