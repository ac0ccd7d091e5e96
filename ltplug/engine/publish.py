"""Checkpoints and configs for others: what prediction needs, or the backbone alone."""

import copy
import hashlib
import inspect
import io
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.models import ImageClassifier, ResNet

from ltplug.registry import MODELS
from ltplug.utils import write_atomically

from .checkpoint_io import load_checkpoint_file
from .checkpoint_meta import META_KEY

PARTS = ('backbone', 'neck', 'head')
COUNTS = ('class_counts', 'group_counts')
_TEST_KEYS = ('default_scope', 'data_preprocessor', 'test_dataloader', 'test_evaluator',
              'test_cfg', 'env_cfg', 'visualizer', 'log_level', 'randomness')
_TEST_HOOKS = ('ltplug.ClassCountsHook', 'ltplug.CheckpointFitHook')


def publish(config: Config, checkpoint: str | Path, out: str | Path) -> tuple[Path, Path]:
    """Write a checkpoint with backbone, neck and head alone, and the config that fits it.

    Auxiliary heads, the second set of weights of an averaged model (EMA; the averaged ones are
    kept), optimizer and history are left out; class counts and names of classes stay, so that a
    test prints the same groups. The config has mmpretrain's ``ImageClassifier``: where backbone,
    neck and head are mmpretrain's, neither file needs ltplug to predict.

    Args:
        config (Config): What the checkpoint was trained with.
        checkpoint (str or Path): The checkpoint.
        out (str or Path): Names of the files up to the hash: ``model.pth`` becomes
            ``model-0123abcd.pth``, with the first digits of the content's SHA-256, and
            ``model-0123abcd.py``.

    Returns:
        tuple[Path, Path]: The checkpoint and the config.

    Raises:
        ValueError: If the model predicts in a way of its own, or config and checkpoint do not fit.
    """
    plain = plain_config(config)
    model, meta = load_classifier(plain, checkpoint)
    kept = {key: meta[META_KEY][key] for key in COUNTS if key in meta.get(META_KEY, {})}
    content = io.BytesIO()
    torch.save({'meta': {'dataset_meta': meta.get('dataset_meta', {}), META_KEY: kept},
                'state_dict': dict(model.state_dict())}, content)
    digest = hashlib.sha256(content.getvalue()).hexdigest()[:8]
    path = Path(out)
    path = path.with_name(f'{path.name.removesuffix(".pth")}-{digest}.pth')
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda file: file.write(content.getbuffer()))
    plain.dump(path.with_suffix('.py'))
    return path, path.with_suffix('.py')


def export_backbone(checkpoint: str | Path, out: str | Path) -> Path:
    """Write the weights of the backbone alone, under the names that it gives them itself.

    A ResNet's are those of torchvision's models (without ``fc``), which detectors of mmdetection
    take by ``init_cfg=dict(type='Pretrained', checkpoint=out)``.

    Args:
        checkpoint (str or Path): Of any model with a ``backbone``: a classifier, or a method that
            only learns features. Of an averaged model (EMA) the averaged weights are taken.
        out (str or Path): The file to write.

    Returns:
        Path: The file.

    Raises:
        ValueError: If the checkpoint has no backbone.
    """
    state = load_checkpoint_file(checkpoint).get('state_dict', {})
    weights = {key.removeprefix('backbone.'): value for key, value in state.items()
               if key.startswith('backbone.')}
    if not weights:
        raise ValueError(f'{checkpoint} has no tensors named backbone.*: give a checkpoint of a '
                         'model with a backbone.')
    path = Path(out)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda file: torch.save({'state_dict': weights}, file))
    return path


def load_classifier(plain: Config, checkpoint: str | Path) -> tuple[ImageClassifier, dict]:
    """Build a plain classifier and load backbone, neck and head of a checkpoint.

    Args:
        plain (Config): A result of :func:`plain_config`.
        checkpoint (str or Path): A checkpoint, published or of a training.

    Returns:
        tuple[ImageClassifier, dict]: The model in evaluation mode, and the checkpoint's meta.

    Raises:
        ValueError: If config and checkpoint do not fit.
    """
    loaded = load_checkpoint_file(checkpoint)
    weights = {key: value for key, value in loaded.get('state_dict', {}).items()
               if key.split('.')[0] in PARTS}
    preprocessor = plain.get('data_preprocessor', {})
    model = MODELS.build({**plain.model, 'data_preprocessor': dict(preprocessor)})
    expected = {key: value.shape for key, value in model.state_dict().items()}
    found = {key: value.shape for key, value in weights.items()}
    differing = [key for key in sorted(expected.keys() | found.keys())
                 if expected.get(key) != found.get(key)]
    if differing:
        raise ValueError(f'{checkpoint} and the config do not fit ({len(differing)} tensors '
                         f'differ, such as {differing[0]}): give the config it was trained with.')
    model.load_state_dict(weights)
    return model.eval(), loaded.get('meta', {})


def plain_config(config: Config) -> Config:
    """Return the config that tests backbone, neck and head as an ``ImageClassifier``.

    Args:
        config (Config): Of the training; left as it is.

    Returns:
        Config: The model, and what a test needs besides.

    Raises:
        ValueError: If the model predicts in a way of its own.
    """
    init_default_scope(config.get('default_scope', 'mmpretrain'))
    name = config.model.type
    methods = 'forward', 'extract_feat', 'predict'
    classifier = MODELS.get(name)
    if not (inspect.isclass(classifier) and all(
            getattr(classifier, method, None) is getattr(ImageClassifier, method)
            for method in methods)):
        raise ValueError(f'{name} does not predict by backbone, neck and head as ImageClassifier '
                         'does, so it cannot be published: give the config of a classifier.')
    parts = {part: _plain_part(config.model[part]) for part in PARTS if config.model.get(part)}
    hooks = {key: hook for key, hook in config.get('default_hooks', {}).items()
             if hook and hook.get('type') in _TEST_HOOKS}
    kept = {key: config[key] for key in _TEST_KEYS if key in config}
    return Config(copy.deepcopy(dict(kept, model=dict(type='ImageClassifier', **parts),
                                     default_hooks=hooks)))


def _plain_part(part: dict) -> dict[str, Any]:
    """Return a part's config without what only training needs, in mmpretrain's types if it can."""
    part = {key: value for key, value in part.items() if key != 'init_cfg'}
    ours = str(part['type']).startswith('ltplug.')
    if not ours and str((part.get('loss') or {}).get('type')).startswith('ltplug.'):
        part.pop('loss')
    if part['type'] == 'ltplug.ResNet' and part['depth'] in ResNet.arch_settings:
        part['type'] = 'ResNet'  # ours only adds depths
    return part
