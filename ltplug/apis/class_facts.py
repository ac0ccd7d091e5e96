"""What a checkpoint and its config tell of the classes."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config

from ltplug.datasets.image_reader import leaf_dataset
from ltplug.engine.checkpoint_meta import META_KEY
from ltplug.evaluation.group_accuracy import Groups
from ltplug.registry import DATASETS


@dataclass(frozen=True)
class ClassFacts:
    """The classes of a trained model.

    Attributes:
        names (tuple[str, ...]): Name by label; of classes without names the label.
        counts (tuple[int, ...] or None): Images by label of the long-tailed training set, which
            define the groups.
        groups (str or dict): As for ``GroupAccuracy``.
        boundary (str): As for ``GroupAccuracy``.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...] | None = None
    groups: Groups = 'shot'
    boundary: str = 'strict'

    def label_of(self, name: str) -> int:
        """Return the label of a class.

        Args:
            name (str): Its name.

        Returns:
            int: The label.

        Raises:
            ValueError: If no class is called so.
        """
        try:
            return self.names.index(name)
        except ValueError:
            shown = ', '.join(self.names[:5]) + (', ...' if len(self.names) > 5 else '')
            raise ValueError(f'{name!r} is none of the {len(self.names)} classes of the model '
                             f'({shown}).') from None


def class_facts(config: Config, meta: Mapping[str, Any], num_classes: int) -> ClassFacts:
    """Return the classes of a model.

    Args:
        config (Config): Its config.
        meta (Mapping): Of its checkpoint, as :func:`ltplug.engine.models.read_weights` gives it.
        num_classes (int): Number of its scores.

    Returns:
        ClassFacts: Names of the checkpoint, else of the config or its dataset, else labels.
    """
    names = next((tuple(map(str, names)) for names in _names(config, meta)
                  if isinstance(names, Sequence) and not isinstance(names, str)
                  and len(names) == num_classes), tuple(map(str, range(num_classes))))
    counts = (meta.get(META_KEY) or {}).get('group_counts')
    if counts is not None and len(counts) != num_classes:
        counts = None
    evaluators = config.get('test_evaluator') or config.get('val_evaluator') or []
    metric = next((metric for metric in (evaluators if isinstance(evaluators, list)
                                         else [evaluators])
                   if metric.get('type') in ('ltplug.GroupAccuracy', 'GroupAccuracy')), {})
    return ClassFacts(names, None if counts is None else tuple(map(int, counts)),
                      metric.get('groups', 'shot'), metric.get('boundary', 'strict'))


def _names(config: Config, meta: Mapping[str, Any]) -> Iterator[Any]:
    yield (meta.get('dataset_meta') or {}).get('classes')
    for key in ('test_dataloader', 'val_dataloader', 'train_dataloader'):
        if not config.get(key):
            continue
        dataset = leaf_dataset(config[key]['dataset'])
        yield dataset.get('classes')
        yield (dataset.get('metainfo') or {}).get('classes')
        kind = DATASETS.get(dataset['type'])
        if inspect.isclass(kind):
            yield getattr(kind, 'METAINFO', {}).get('classes')
