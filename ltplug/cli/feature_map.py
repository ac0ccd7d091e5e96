"""The command line of ``tools/analysis/feature_map.py``: features in two dimensions."""

import argparse

import numpy as np

from .analysis import named
from .common import run_and_explain


def feature_map_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/feature_map.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Draw features of test images in two dimensions (t-SNE): of one checkpoint '
        'some many-, medium- and few-shot classes, a panel each, or of several the same images '
        'side by side.')
    parser.add_argument('config', help='config of a classifier, such as a linear probe')
    parser.add_argument('checkpoints', nargs='+', metavar='CHECKPOINT',
                        help='a checkpoint with the backbone of this config; NAME=CHECKPOINT '
                        'where there are several')
    parser.add_argument('--labels', nargs='+', type=int, metavar='LABEL',
                        help='classes (default: some of each group, by the class counts in the '
                        'first checkpoint)')
    parser.add_argument('--classes', type=int, default=6, help='classes of each group')
    parser.add_argument('--images', type=int, default=50, help='images of each class')
    parser.add_argument('--normalize', action='store_true', help='make features unit length')
    parser.add_argument('--boundary', choices=('strict', 'inclusive'), default='strict',
                        help='whether 20 and 100 images are medium')
    parser.add_argument('--seed', type=int, default=0, help='of the choice and of t-SNE')
    parser.add_argument('--out', default='work_dirs/feature_map.png', help='picture to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _feature_map(args))


def _feature_map(args: argparse.Namespace) -> None:
    from mmengine.registry import init_default_scope
    from torch.utils.data import Subset

    from ..apis.config import load_config
    from ..datasets import gt_labels
    from ..engine.checkpoint_io import load_checkpoint_file
    from ..engine.checkpoint_meta import stored
    from ..engine.features import extract_features
    from ..engine.models import load_model
    from ..ops import shot_groups, tsne_embedding
    from ..registry import DATASETS
    from ..visualization import plot_embedding, plot_embeddings

    cfg = load_config(args.config)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    if cfg.get('test_dataloader') is None:
        raise ValueError(f'{args.config} has no test images: give the config of a classifier.')
    paths = {'': args.checkpoints[0]} if len(args.checkpoints) == 1 else named(args.checkpoints)
    checkpoints = {name: load_checkpoint_file(path) for name, path in paths.items()}
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    labels, names = gt_labels(dataset), dataset.metainfo.get('classes')
    rng = np.random.default_rng(args.seed)
    if args.labels is None:
        counts = stored(next(iter(checkpoints.values()))).get('group_counts')
        if counts is None:
            raise ValueError(f'{next(iter(paths.values()))} has no class counts: give a checkpoint '
                             'of ltplug, or name classes with --labels.')
        groups = shot_groups(counts, args.boundary)
        classes = np.concatenate([rng.permutation(each)[:args.classes]
                                  for each in groups.values()])
    else:
        classes = args.labels
        absent = np.setdiff1d(classes, labels)
        if len(absent):
            raise ValueError(f'There are no test images of class {absent[0]}: labels run from 0 '
                             f'to {labels.max()}.')
    chosen = np.concatenate([rng.permutation(np.flatnonzero(labels == label))[:args.images]
                             for label in classes])
    points = {}
    for name, checkpoint in checkpoints.items():
        model = load_model(cfg, checkpoint.get('state_dict', {}), untrained='head')
        features = extract_features(model, Subset(dataset, chosen.tolist()))
        if args.normalize:
            features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
        points[name] = tsne_embedding(features, args.seed)
    if len(points) == 1 and args.labels is None:
        path = plot_embedding(points.popitem()[1], labels[chosen], groups, args.out, names)
    else:
        path = plot_embeddings(points, labels[chosen], args.out, names)
    print(f'Picture: {path}')
