"""The command line of ``tools/analysis/prototypes.py``: what FASSL's prototypes stand for."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .common import run_and_explain

UNTRAINED_DRAWS = 20
LISTED_CLASSES = 30


def prototypes_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/prototypes.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Find the training image that is nearest to every prototype of FASSL. Prints '
        'how many prototypes have an image of each group and class (Tables 4 and 5), beside the '
        'same for untrained prototypes and the shares of the training images, which any choice of '
        'images tends to; draws these images (Fig. 4).')
    parser.add_argument('config', help='config of the prototypes')
    parser.add_argument('checkpoint', help='its checkpoint, turned towards the images or not')
    parser.add_argument('--test-config', metavar='CONFIG',
                        help='config whose test transforms the images get (default: what the '
                        'training does before it makes views)')
    parser.add_argument('--seed', type=int, default=0, help='of the untrained prototypes')
    parser.add_argument('--out', default='work_dirs/prototypes',
                        help='folder of the picture and of prototypes.json')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _prototypes(args))


def _prototypes(args: argparse.Namespace) -> None:
    import torch

    from ..datasets import class_counts, gt_labels
    from ..ops import nearest_images, tertile_groups
    from ..utils import write_json
    from ..visualization import plot_image_groups

    features, prototypes, dataset, is_bgr = _read(args)
    labels, names = gt_labels(dataset), dataset.metainfo.get('classes')
    counts = np.asarray(class_counts(dataset))
    # from the largest class to the smallest
    groups = {group: classes[np.argsort(-counts[classes], kind='stable')].tolist()
              for group, classes in tertile_groups(counts).items()}
    features = torch.from_numpy(features)
    nearest = nearest_images(features, prototypes).numpy()
    found = np.bincount(labels[nearest], minlength=len(counts))
    untrained = np.mean([
        np.bincount(labels[nearest_images(features, each).numpy()], minlength=len(counts))
        for each in _untrained(prototypes, args.seed)], axis=0)
    columns = {'prototypes': found, 'untrained': untrained, 'training_images': counts}
    _print_shares(columns, groups, names)
    out = Path(args.out)
    write_json(out / 'prototypes.json', {
        'class_names': names, 'groups': groups, 'images': nearest,
        'class_counts': columns,
        'group_shares': {group: {name: _percent(each, classes) for name, each in columns.items()}
                         for group, classes in groups.items()}})
    pictures = [dataset[int(i)]['inputs'].numpy().transpose(1, 2, 0) for i in nearest]
    if is_bgr:
        pictures = [picture[..., ::-1] for picture in pictures]
    path = plot_image_groups(pictures, labels[nearest], groups, out / 'nearest.png', names)
    print(f'Picture: {path}')


def _read(args: argparse.Namespace) -> tuple[np.ndarray, Any, Any, bool]:
    """Return features float32[N, D], prototypes [K, D], the images, and whether they are BGR."""
    from mmengine.registry import init_default_scope

    from ..apis.config import load_config
    from ..datasets import with_test_transforms
    from ..engine.checkpoint_io import load_checkpoint_file
    from ..engine.features import Projection, extract_features
    from ..engine.models import load_model
    from ..models.methods import PrototypeLearner
    from ..registry import DATASETS, MODELS

    cfg = load_config(args.config)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    if MODELS.get(cfg.model.type) is not PrototypeLearner:
        raise ValueError(f'{args.config} learns no prototypes: give the config of an '
                         'ltplug.PrototypeLearner.')
    model = load_model(cfg, load_checkpoint_file(args.checkpoint).get('state_dict', {}))
    dataset = DATASETS.build(cfg.train_dataloader.dataset)
    if args.test_config is None:
        dataset = _without_views(dataset)
    else:
        test = load_config(args.test_config).test_dataloader.dataset
        dataset = with_test_transforms(dataset, DATASETS.build({**test, 'lazy_init': True}))
    features = extract_features(Projection(model), dataset)
    return (features, model.prototypes.weight.detach().cpu(), dataset,
            cfg.data_preprocessor.get('to_rgb', False))


def _without_views(dataset: Any) -> Any:
    """Return a dataset that does only what its transforms do before they make views."""
    from mmengine.dataset import Compose
    from mmpretrain.datasets.transforms import MultiView, PackInputs

    from ..datasets import with_pipeline

    leaf = dataset
    while getattr(leaf, 'dataset', None) is not None:
        leaf = leaf.dataset
    steps = getattr(getattr(leaf, 'pipeline', None), 'transforms', ())
    views = [number for number, step in enumerate(steps) if isinstance(step, MultiView)]
    if not views:
        raise ValueError('The training transforms make no views, so it is not clear which of them '
                         'are random: name a config with test images with --test-config.')
    return with_pipeline(dataset, Compose([*steps[:views[0]], PackInputs()]))


def _untrained(prototypes: Any, seed: int) -> list[Any]:
    """Return as many prototypes as there are, as they are before training, several times."""
    import torch

    from ..utils import random_streams_kept

    number, dim = prototypes.shape
    with random_streams_kept():
        torch.manual_seed(seed)
        return [torch.nn.Linear(dim, number, bias=False).weight.detach()
                for _ in range(UNTRAINED_DRAWS)]


def _print_shares(columns: Mapping[str, np.ndarray], groups: Mapping[str, Sequence[int]],
                  names: Sequence[str] | None) -> None:
    from rich import box
    from rich.table import Table

    from ..evaluation.tables import render

    table = Table('Group', box=box.SIMPLE_HEAD, title='Classes of the images nearest to the '
                  'prototypes', title_justify='left')
    for column in ('Prototypes', '%', 'Untrained, %', 'Training images, %'):
        table.add_column(column, justify='right')
    total = sum(len(classes) for classes in groups.values())
    for group, classes in groups.items():
        _add_row(table, group.capitalize(), columns, classes)
        if total <= LISTED_CLASSES:
            for label in classes:
                name = label if names is None else names[label]
                _add_row(table, f'  class {name}', columns, [label])
    print(render(table) + '\n')


def _add_row(table: Any, name: str, columns: Mapping[str, np.ndarray],
             classes: Sequence[int]) -> None:
    shares = (f'{_percent(each, classes):.1f}' for each in columns.values())
    table.add_row(name, f'{columns["prototypes"][classes].sum():,}', *shares)


def _percent(counts: np.ndarray, classes: Sequence[int]) -> float:
    return float(100 * counts[classes].sum() / counts.sum())
