"""The command line of ``tools/analysis/decision_map.py``: features and decision regions."""

import argparse
from collections.abc import Sequence

import numpy as np

from .common import run_and_explain

SHOWN_CLASSES = 10


def decision_map_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/decision_map.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Draw features of training and test images in two dimensions (one t-SNE), '
        'each over the regions in which the classifier predicts a class.')
    parser.add_argument('config', help='config of a classifier')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--classes', nargs='+', type=int, metavar='LABEL',
                        help=f'labels (default: all, of more than {SHOWN_CLASSES} the largest and '
                        'the smallest)')
    parser.add_argument('--images', type=int, default=200,
                        help='training images, and test images, of each class at most')
    parser.add_argument('--seed', type=int, default=0, help='of the choice and of t-SNE')
    parser.add_argument('--out', default='work_dirs/decision_map.png', help='picture to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _decision_map(args))


def _decision_map(args: argparse.Namespace) -> None:
    import torch
    from torch.utils.data import Subset

    from ..apis.config import load_config
    from ..datasets import gt_labels, with_test_transforms
    from ..engine.features import extract_features
    from ..engine.publish import load_classifier, plain_config
    from ..ops import tsne_embedding
    from ..registry import DATASETS
    from ..utils.class_names import check_same_classes, class_names
    from ..visualization import plot_decision_map

    cfg = load_config(args.config)
    model, meta = load_classifier(plain_config(cfg), args.checkpoint)
    test = DATASETS.build(cfg.test_dataloader.dataset)
    train = with_test_transforms(DATASETS.build(cfg.train_dataloader.dataset), test)
    check_same_classes(class_names(test), class_names(train), 'the test data',
                       'the training data')
    classes = _classes(args.classes, np.bincount(gt_labels(train),
                                                 minlength=model.head.num_classes))
    rng = np.random.default_rng(args.seed)
    features, labels = [], []
    for dataset in (train, test):
        all_labels = gt_labels(dataset)
        chosen = np.concatenate([rng.permutation(np.flatnonzero(all_labels == label))[:args.images]
                                 for label in classes])
        features.append(extract_features(model, Subset(dataset, chosen.tolist())))
        labels.append(all_labels[chosen])
    split, features = len(features[0]), np.concatenate(features)
    device = next(model.parameters()).device
    with torch.no_grad():
        samples = model.head.predict((torch.from_numpy(features).to(device), ))
    scores = np.stack([sample.pred_score.cpu().numpy() for sample in samples])
    predictions = classes[scores[:, classes].argmax(axis=1)]
    points = tsne_embedding(features, args.seed)
    panels = {'Training images': (points[:split], labels[0]),
              'Test images': (points[split:], labels[1])}
    path = plot_decision_map(panels, points, predictions, args.out,
                             meta.get('dataset_meta', {}).get('classes'))
    print(f'Picture: {path}')


def _classes(given: Sequence[int] | None, counts: np.ndarray) -> np.ndarray:
    """Return the labels to show, int64[K], with the largest class first."""
    outside = [label for label in given or () if not 0 <= label < len(counts)]
    if outside:
        raise ValueError(f'There is no class {outside[0]}: labels run from 0 to '
                         f'{len(counts) - 1}.')
    order = np.argsort(-counts, kind='stable')
    if given is not None:
        return order[np.isin(order, given)]
    half = SHOWN_CLASSES // 2
    return order if len(order) <= SHOWN_CLASSES else np.r_[order[:half], order[-half:]]
