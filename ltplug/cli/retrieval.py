"""The command line of ``tools/analysis/retrieval.py``: training images that resemble a query."""

import argparse
from functools import partial
from typing import Any

import numpy as np

from .analysis import print_group_means
from .common import run_and_explain


def retrieval_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/retrieval.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Draw the training images that resemble queries, or patches of them, most, and '
        'where in each image the resemblance is.')
    parser.add_argument('config', help='config of a classifier or of learned features')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--images', metavar='CONFIG',
                        help='config whose test_dataloader has the transforms and the test images '
                        '(default: the config)')
    parser.add_argument('--queries', nargs='+', type=int, metavar='INDEX',
                        help='positions of the queries (default: drawn by --per-group)')
    parser.add_argument('--per-group', type=int, default=2,
                        help='queries of each of many, medium and few')
    parser.add_argument('--from-train', action='store_true',
                        help='take the queries from the training images, each not found itself, '
                        'instead of the test images')
    patch = parser.add_mutually_exclusive_group()
    patch.add_argument('--box', nargs=4, type=float, metavar=('X1', 'Y1', 'X2', 'Y2'),
                       help='look for this part of each query, in pixels after the transforms')
    patch.add_argument('--salient', type=float, metavar='SHARE',
                       help='look for the part with the longest features, with this share of the '
                       'sides')
    parser.add_argument('--number', type=int, default=3, help='images to find for a query')
    parser.add_argument('--space', choices=('projected', 'backbone'), default='projected',
                        help='features through the projection (where there is one) or before it')
    parser.add_argument('--boundary', choices=('strict', 'inclusive'), default='strict',
                        help='whether 20 and 100 images are medium')
    parser.add_argument('--seed', type=int, default=0, help='of the choice of queries')
    parser.add_argument('--out', default='work_dirs/retrieval.png', help='picture to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _retrieval(args))


def _retrieval(args: argparse.Namespace) -> None:
    from mmengine.registry import init_default_scope

    from ..apis.config import load_config
    from ..datasets import class_counts, gt_labels
    from ..engine.features import extract_features
    from ..engine.retrieval import load_map_encoder, retrieve
    from ..ops import salient_boxes, shot_groups
    from ..utils.class_names import check_same_classes, class_names
    from ..visualization import plot_retrieval

    cfg = load_config(args.config)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    gallery, tested = _datasets(cfg, load_config(args.images or args.config))
    queries = gallery if args.from_train else tested
    check_same_classes(class_names(queries), class_names(gallery), 'the test data',
                       'the training data')
    labels, query_labels = gt_labels(gallery), gt_labels(queries)
    counts = class_counts(gallery)
    groups = {name: classes.tolist() for name, classes in
              shot_groups(counts, args.boundary).items()}
    chosen = _choose(args, query_labels, groups)
    encoder = load_map_encoder(cfg, args.checkpoint, args.space)
    features = extract_features(encoder, gallery)
    box = args.box
    if args.salient is not None:
        box = partial(salient_boxes, share=args.salient)
    picture = partial(_picture, to_rgb=cfg.get('data_preprocessor', {}).get('to_rgb', False))
    titles = _titles(groups, gallery.metainfo.get('classes'))
    rows, right = [], {label: [] for label in range(len(counts))}
    for index in chosen:
        found = retrieve(encoder, queries[index], gallery, features, args.number, box,
                         excluded=[index] if args.from_train else [])
        own = int(query_labels[index])
        is_right = labels[found.indices] == own
        right[own].extend(is_right)
        rows.append([picture(queries[index], titles[own], found.responses[0], box=found.box)] + [
            picture(gallery[int(i)], f'{titles[labels[i]]}\n{cosine:.2f}', response, is_right=hit)
            for i, cosine, response, hit in zip(found.indices, found.cosines, found.responses[1:],
                                                is_right, strict=True)])
    shares = [100 * np.mean(hits) if hits else np.nan for hits in right.values()]
    print_group_means(f'Found images of the class of the query (%), {len(chosen)} queries',
                      {'right': np.array(shares)}, groups)
    print(f'Picture: {plot_retrieval(rows, args.out)}')


def _datasets(cfg: Any, images: Any) -> tuple[Any, Any]:
    """Return the training images with the transforms of a test, and the test images."""
    from ..datasets import with_test_transforms
    from ..registry import DATASETS

    if not images.get('test_dataloader'):
        raise ValueError('The config has no test images, whose transforms are needed: name the '
                         'config of a classifier on the same data with --images.')
    tested = DATASETS.build(images.test_dataloader.dataset)
    return with_test_transforms(DATASETS.build(cfg.train_dataloader.dataset), tested), tested


def _choose(args: argparse.Namespace, labels: np.ndarray,
            groups: dict[str, list[int]]) -> list[int]:
    """Return the positions of the queries."""
    if args.queries is None:
        rng = np.random.default_rng(args.seed)
        return [int(index) for classes in groups.values() for index in
                rng.permutation(np.flatnonzero(np.isin(labels, classes)))[:args.per_group]]
    outside = [index for index in args.queries if not 0 <= index < len(labels)]
    if outside:
        raise ValueError(f'There is no query {outside[0]}: positions run from 0 to '
                         f'{len(labels) - 1}.')
    return args.queries


def _titles(groups: dict[str, list[int]], names: Any) -> dict[int, str]:
    """Return name and group of every class."""
    return {label: f'{label if names is None else names[label]} ({group})'
            for group, classes in groups.items() for label in classes}


def _picture(sample: dict, title: str, response: np.ndarray, to_rgb: bool, **marks: Any) -> Any:
    """Return the image of a sample as the grid shows it."""
    from ..visualization import Shown

    image = sample['inputs'].permute(1, 2, 0).numpy()
    return Shown(image[..., ::-1] if to_rgb else image, title, response, **marks)
