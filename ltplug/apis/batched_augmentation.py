"""Moving the augmentation of a config from single images to batches."""

from typing import Any

from mmengine.config import Config

from ltplug.models.utils.batched_augmentation import makes_views

from .pipeline_split import is_loader, split_pipeline


def batch_augmentation(cfg: Config) -> None:
    """Let the model's preprocessor augment batches instead of the dataset single images.

    What follows the loading transforms in the training pipeline moves, as it is, into an
    ``ltplug.BatchedAugmentation`` around the data preprocessor. Images from files also keep what
    gives them one size, their crop or resize, see :func:`split_pipeline`; others are kept as one
    tensor by ``ltplug.ImagesInMemory``. Evaluation stays as it is.

    Args:
        cfg (Config): A checked config, changed in place.

    Raises:
        ValueError: If the training data are several datasets, their transforms do not end in
            ``PackInputs``, or files are not given one size.
    """
    leaf = leaf_dataset(cfg, 'batched_augmentation')
    pipeline = list(leaf.get('pipeline') or [])
    if not pipeline or pipeline[-1]['type'] != 'PackInputs':
        raise ValueError('batched_augmentation needs a training pipeline that ends in PackInputs, '
                         f'and that of {leaf["type"]} does not.')
    loading = [step for step in pipeline if is_loader(step)]
    moved = pipeline[len(loading):-1]
    if pipeline[:len(loading)] != loading:
        raise ValueError('batched_augmentation needs a training pipeline that starts with its '
                         'loading transforms.')
    pack = {key: value for key, value in pipeline[-1].items() if key != 'algorithm_keys'}
    kept = []
    if loading:
        kept, moved = split_pipeline(moved)
    leaf['pipeline'] = [*loading, *kept, pack]
    if not loading:
        loader = cfg.train_dataloader
        loader.dataset = dict(type='ltplug.ImagesInMemory', dataset=loader.dataset)
        loader.collate_fn = dict(type='ltplug.collate_samples')
    preprocessor = cfg.model.pop('data_preprocessor', None) or cfg.get('data_preprocessor') or {}
    kind = 'ltplug.MultiViewDataPreprocessor' if makes_views(moved) else 'ClsDataPreprocessor'
    converts = any(preprocessor.get(key) for key in ('to_rgb', 'bgr_to_rgb'))
    cfg.model['data_preprocessor'] = dict(
        type='ltplug.BatchedAugmentation',
        pipeline=moved,
        preprocessor={'type': kind, **preprocessor},
        channel_order='bgr' if converts else 'rgb')


def leaf_dataset(cfg: Config, asked_by: str) -> dict[str, Any]:
    """Return the config of the training dataset below all wrappers.

    Args:
        cfg (Config): The config.
        asked_by (str): The option that needs it, for the message.

    Returns:
        dict[str, Any]: The part of the config, not a copy.

    Raises:
        ValueError: If there are several datasets.
    """
    dataset = cfg.train_dataloader.dataset
    while 'dataset' in dataset:
        dataset = dataset['dataset']
    if 'datasets' in dataset or 'labeled' in dataset:
        raise ValueError(f'{asked_by} takes one training dataset, not a {dataset["type"]} of '
                         'several: leave it out.')
    return dataset
