"""The command line of ``tools/analysis/subclasses.py``: what SBCL has made of the training set."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .analysis import print_group_means
from .common import run_and_explain


def subclasses_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/subclasses.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Draw sizes of the subclasses of SBCL, distances inside and between subclasses '
        'and classes, and subclasses and classes in two dimensions (t-SNE).')
    parser.add_argument('config', help='config of the features')
    parser.add_argument('checkpoint', help='its checkpoint, which holds the subclasses')
    parser.add_argument('--classes', type=int, default=6, help='largest classes in the map')
    parser.add_argument('--subclasses', type=int, default=8, help='subclasses in the map')
    parser.add_argument('--images', type=int, default=100, help='images of each class in the map')
    parser.add_argument('--boundary', choices=('strict', 'inclusive'), default='strict',
                        help='whether 20 and 100 images are medium')
    parser.add_argument('--seed', type=int, default=0, help='of the choice and of t-SNE')
    parser.add_argument('--out', default='work_dirs/subclasses', help='folder of the pictures')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _subclasses(args))


def _subclasses(args: argparse.Namespace) -> None:
    from ..ops import shot_groups

    features, labels, ids, names = _read(args.config, args.checkpoint)
    counts = np.bincount(labels)
    groups = {group: classes.tolist()
              for group, classes in shot_groups(counts, args.boundary).items()}
    rng, out = np.random.default_rng(args.seed), Path(args.out)
    paths = [_draw_sizes(labels, ids, counts, groups, names, out),
             _draw_distances(features, labels, ids, counts, groups, names, rng, out),
             *_draw_maps(features, labels, ids, counts, names, rng, args)]
    for path in paths:
        print(f'Picture: {path}')


def _read(config: str, checkpoint: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:
    """Return projected features of the training images, labels, subclasses and class names."""
    from mmengine.dataset import Compose
    from mmengine.registry import init_default_scope

    from ..apis.config import load_config
    from ..datasets import class_counts, gt_labels, with_pipeline
    from ..engine.checkpoint_io import load_checkpoint_file
    from ..engine.features import Projection, extract_features
    from ..registry import DATASETS, MODELS, TRANSFORMS

    cfg = load_config(config)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    hook = next((hook for hook in cfg.get('default_hooks', {}).values()
                 if hook and hook.get('type') == 'ltplug.SubclassClusteringHook'), None)
    if hook is None:
        raise ValueError(f'{config} makes no subclasses: give the config of features of SBCL.')
    dataset = with_pipeline(DATASETS.build(cfg.train_dataloader.dataset),
                            Compose([TRANSFORMS.build(step) for step in hook.pipeline]))
    model = MODELS.build({**cfg.model, 'data_preprocessor': dict(cfg.data_preprocessor)})
    model.subclasses.allocate(len(class_counts(dataset)), model.loss_module.temperature,
                              len(dataset))
    try:
        model.load_state_dict(load_checkpoint_file(checkpoint)['state_dict'])
    except (KeyError, RuntimeError):
        raise ValueError(f'{checkpoint} and {config} do not fit: give the config it was trained '
                         'with.') from None
    if not model.subclasses.is_filled:
        raise ValueError(f'{checkpoint} was saved during the warm-up, before there were '
                         'subclasses: give a later one.')
    ids = model.subclasses.cluster_ids.numpy()
    features = extract_features(Projection(model), dataset)
    return features, gt_labels(dataset), ids, dataset.metainfo.get('classes')


def _draw_sizes(labels: np.ndarray, ids: np.ndarray, counts: np.ndarray,
                groups: Mapping[str, Sequence[int]], names: Sequence[str] | None,
                out: Path) -> Path:
    from ..visualization import plot_per_class

    sizes = [np.bincount(ids[labels == label]) for label in range(len(counts))]
    sizes = [of_class[of_class > 0] for of_class in sizes]
    summaries = {'smallest': np.min, 'median': np.median, 'largest': np.max}
    values = {name: np.array([summary(each) if len(each) else np.nan for each in sizes])
              for name, summary in summaries.items()}
    number = {'subclasses': np.array([len(each) for each in sizes], dtype=np.float64)}
    print_group_means('Mean number and size of the subclasses of a class', {**number, **values},
                      groups)
    return plot_per_class(values, counts, out / 'sizes.png', 'Images of a subclass', names, groups)


def _draw_distances(features: np.ndarray, labels: np.ndarray, ids: np.ndarray, counts: np.ndarray,
                    groups: Mapping[str, Sequence[int]], names: Sequence[str] | None,
                    rng: np.random.Generator, out: Path) -> Path:
    from ..ops import subclass_distances
    from ..visualization import plot_per_class

    members = [np.flatnonzero(np.isin(labels, classes)) for classes in groups.values()]
    number = min(len(each) for each in members if len(each))
    anchors = np.concatenate([rng.permutation(each)[:number] for each in members])
    found = subclass_distances(features, labels, ids, anchors)
    values = {kind: np.array([_mean(of_kind[labels[anchors] == label])
                              for label in range(len(counts))]) for kind, of_kind in found.items()}
    print_group_means('Mean distance, of the means of the classes', values, groups)
    return plot_per_class(values, counts, out / 'distances.png', 'Mean distance', names, groups)


def _draw_maps(features: np.ndarray, labels: np.ndarray, ids: np.ndarray, counts: np.ndarray,
               names: Sequence[str] | None, rng: np.random.Generator,
               args: argparse.Namespace) -> list[Path]:
    from ..ops import tsne_embedding
    from ..visualization import plot_embedding

    largest = np.argsort(-counts, kind='stable')[:args.classes]
    chosen = np.concatenate([rng.permutation(np.flatnonzero(labels == label))[:args.images]
                             for label in largest])
    classes = plot_embedding(tsne_embedding(features[chosen], args.seed), labels[chosen],
                             {'largest classes': largest.tolist()}, Path(args.out) / 'classes.png',
                             names)
    head = np.flatnonzero(labels == largest[0])
    shown = rng.permutation(np.unique(ids[head]))[:args.subclasses]
    head = head[np.isin(ids[head], shown)]
    title = f'subclasses of {largest[0] if names is None else names[largest[0]]}'
    subclasses = plot_embedding(tsne_embedding(features[head], args.seed), ids[head],
                                {title: np.sort(shown).tolist()},
                                Path(args.out) / 'subclasses.png')
    return [classes, subclasses]


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return known.mean() if len(known) else np.nan
