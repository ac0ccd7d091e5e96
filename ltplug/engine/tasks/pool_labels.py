"""Labels that a trained model gives to a pool of images."""

import hashlib
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dist import barrier, broadcast_object_list, get_world_size, is_main_process
from mmengine.logging import print_log
from torch import nn

from ltplug.datasets import (
    PseudoLabels,
    dataset_fingerprint,
    gt_labels,
    with_test_transforms,
)
from ltplug.datasets.draw import leaf_datasets
from ltplug.engine.checkpoint_meta import bring_class_counts
from ltplug.engine.features import outputs_of
from ltplug.engine.models import load_model, read_weights
from ltplug.registry import DATASETS
from ltplug.utils import evaluation_mode, random_streams_kept, write_atomically, write_json

SECONDS_BETWEEN_SAVES = 30.0
PARTIAL_SUFFIX = '.partial'


def label_pool(config: Config, checkpoint: str | Path, pool: Any, out_file: str | Path,
               batch_size: int | None = None) -> PseudoLabels:
    """Label a pool by a trained classifier, and write the labels.

    Yang and Xu, "Rethinking the Value of Labels for Improving Class-Imbalanced Learning", 2020,
    section 2.2: every image gets the most probable class, under the transforms of the test,
    once. What was finished is saved now and then beside the file; a call that was interrupted
    goes on from there, and ends with the same labels. Under several processes each takes a part of
    the images.

    Args:
        config (Config): Of the classifier, with ``test_dataloader``.
        checkpoint (str or Path): Its checkpoint.
        pool (dataset): The images; labels that they have are used for the report only.
        out_file (str or Path): A .npz file, see :class:`ltplug.datasets.PseudoLabels`. Beside it
            a .json file tells how many images each class got, how sure the model is and, where
            the pool knows labels of the same classes, how often it agrees.
        batch_size (int, optional): Images per step and process. Defaults to that of the test.

    Returns:
        PseudoLabels: The labels.

    Raises:
        ValueError: If images have different sizes.
    """
    out_file = Path(out_file)
    out_file.parent.mkdir(parents=True, exist_ok=True)
    loader = config.test_dataloader
    batch_size = batch_size or loader.batch_size
    test_dataset = DATASETS.build(loader.dataset)
    model, names = load_labeler(config, checkpoint)
    images = with_test_transforms(pool, test_dataset)
    names = names or tuple(test_dataset.metainfo.get('classes') or ())
    fingerprint = dataset_fingerprint(pool)
    key = _key(model, images, fingerprint, batch_size * get_world_size())
    labels, confidence, num_classes = _predict(
        model, images, batch_size, loader.num_workers,
        out_file.with_name(out_file.name + PARTIAL_SUFFIX), key)
    result = PseudoLabels(labels, confidence, num_classes, names, fingerprint)
    if is_main_process():
        result.save(out_file)
        write_json(out_file.with_suffix('.json'), describe(result, pool))
        out_file.with_name(out_file.name + PARTIAL_SUFFIX).unlink(missing_ok=True)
    barrier()
    return result


def load_labeler(config: Config, checkpoint: str | Path) -> tuple[nn.Module, tuple[str, ...]]:
    """Load a classifier, with the class counts that its head may need to predict.

    Args:
        config (Config): Of the classifier.
        checkpoint (str or Path): Its checkpoint.

    Returns:
        tuple[nn.Module, tuple[str]]: The model in evaluation mode, and the names of its classes
        as far as the checkpoint knows.
    """
    state, meta = read_weights(checkpoint)
    model = load_model(config, state)
    bring_class_counts(model, meta)
    return model, tuple((meta.get('dataset_meta') or {}).get('classes') or ())


def _predict(model: nn.Module, images: Any, batch_size: int, num_workers: int, partial_file: Path,
             key: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Return labels, their probabilities and the number of classes; go on with what is finished."""
    found = [_read_partial(partial_file, key) if is_main_process() else None]
    broadcast_object_list(found)
    labels, confidence, num_classes = found[0]
    if len(labels):
        print_log(f'{len(labels):,} of {len(images):,} images have been labelled before.',
                  logger='current')
    if len(labels) == len(images):
        return labels, confidence, num_classes

    def predict(inputs: torch.Tensor) -> torch.Tensor:
        return torch.stack([sample.pred_score for sample in model.predict(inputs)])

    saved, all_labels, all_confidence = time.monotonic(), [labels], [confidence]
    with random_streams_kept(), evaluation_mode(model), torch.no_grad():
        for scores in outputs_of(model, images, predict, batch_size, num_workers, len(labels)):
            all_labels.append(scores.argmax(axis=1))
            all_confidence.append(scores.max(axis=1))
            num_classes = scores.shape[1]
            if is_main_process() and time.monotonic() - saved >= SECONDS_BETWEEN_SAVES:
                saved = time.monotonic()
                write_atomically(partial_file, partial(
                    np.savez, labels=np.concatenate(all_labels),
                    confidence=np.concatenate(all_confidence), num_classes=num_classes, key=key))
    return np.concatenate(all_labels), np.concatenate(all_confidence), num_classes


def _read_partial(path: Path, key: str) -> tuple[np.ndarray, np.ndarray, int]:
    if path.is_file():
        with np.load(path, allow_pickle=False) as arrays:
            if str(arrays['key']) == key:
                return arrays['labels'], arrays['confidence'], int(arrays['num_classes'])
    return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32), 0


def _key(model: nn.Module, images: Any, fingerprint: str, step: int) -> str:
    """Return a name for all that decides the labels, so that only the same work is gone on with."""
    digest = hashlib.blake2b(digest_size=16)
    transforms = [repr(leaf.pipeline) for leaf in leaf_datasets(images)]
    digest.update(json.dumps([repr(model), fingerprint, step, transforms]).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def describe(labels: PseudoLabels, pool: Any) -> dict[str, Any]:
    """Return what a file of pseudo-labels is like.

    Args:
        labels (PseudoLabels): The labels.
        pool (dataset): What they are of.

    Returns:
        dict[str, Any]: ``num_images``, ``mean_confidence``, ``classes`` (per name ``images`` and
        ``mean_confidence``) and, where the pool knows labels of as many classes,
        ``agreement_with_known_labels`` in percent over the images that have one.
    """
    names = labels.class_names or tuple(map(str, range(labels.num_classes)))
    images = np.bincount(labels.labels, minlength=labels.num_classes)
    sums = np.bincount(labels.labels, labels.confidence, labels.num_classes)
    told = {
        'num_images': len(labels.labels),
        'mean_confidence': float(labels.confidence.mean()),
        'classes': {name: {'images': int(count), 'mean_confidence': total / max(count, 1)}
                    for name, count, total in zip(names, images, sums, strict=True)},
    }
    known = _known_labels(pool, labels.num_classes)
    if known is not None:
        agree = labels.labels[known >= 0] == known[known >= 0]
        told['agreement_with_known_labels'] = 100 * float(agree.mean())
    return told


def _known_labels(pool: Any, num_classes: int) -> np.ndarray | None:
    """Return the labels that a pool has itself, -1 for none; None if none is of these classes."""
    try:
        known = gt_labels(pool)
    except ValueError:
        return None
    return known if 0 <= known.max(initial=-1) < num_classes else None
