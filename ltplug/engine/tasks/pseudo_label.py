"""Pseudo-labels, the step between a base model and self-training."""

from pathlib import Path

from mmengine.config import Config

from ltplug.datasets import PseudoLabeledDataset, check_pool, class_counts, labeled_part
from ltplug.engine.hooks.pool_check import held_out_datasets
from ltplug.registry import DATASETS, TASKS

from .base import StageTask, TaskContext
from .pool_labels import label_pool

FILE = 'pseudo_labels.npz'


@TASKS.register_module()
class PseudoLabelTask(StageTask):
    """Labels the pool of the stage that takes its labels, by the model that it loads.

    See :func:`ltplug.engine.tasks.pool_labels.label_pool`. The pool is named once, in the config of
    the training that comes after::

        stages = [
            dict(name='base', config='ce.py'),
            dict(name='pseudo-labels', task=dict(type='ltplug.PseudoLabelTask'),
                 load_from='base'),
            dict(name='self-training', config='self-training.py',
                 inputs={'train_dataloader.dataset.pseudo_labels':
                         'pseudo-labels.pseudo_labels'}),
        ]

    Args:
        batch_size (int, optional): Images per step and process. Defaults to that of the test of
            the model.

    Raises:
        ValueError: If the batch size is not positive.
    """

    artifacts = ('pseudo_labels', )

    def __init__(self, batch_size: int | None = None) -> None:
        if batch_size is not None and batch_size < 1:
            raise ValueError(f'batch_size must be positive, got {batch_size}.')
        self.batch_size = batch_size

    def output_config(self, config: Config | None) -> None:
        """Return None, since no model is made.

        Raises:
            ValueError: If it loads no classifier.
        """
        if config is None or 'head' not in config.model or not config.get('test_dataloader'):
            raise ValueError('PseudoLabelTask labels by a classifier that is tested: name a stage '
                             'in load_from that trains one.')

    def check(self, config: Config | None, used_by: Config | None) -> None:
        """Refuse a pool that cannot be labelled or trained on.

        Raises:
            ValueError: If no stage takes the labels, that stage has no pool, its classes or
                numbers of labelled images differ from those of the model, or
                :func:`ltplug.datasets.check_pool` complains.
        """
        node = pool_config(used_by)
        labeled, unlabeled = DATASETS.build(node.labeled), DATASETS.build(node.unlabeled)
        base = labeled_part(DATASETS.build(config.train_dataloader.dataset))
        classes = [tuple(dataset.metainfo.get('classes') or ()) for dataset in (base, labeled)]
        if classes[0] != classes[1]:
            raise ValueError(f'The base model is trained on {len(classes[0])} classes and the '
                             f'labelled images of self-training have {len(classes[1])}, or other '
                             'names: pseudo-labels must be of the same classes.')
        counts = [class_counts(dataset).tolist() for dataset in (base, labeled)]
        if counts[0] != counts[1]:
            raise ValueError(f'The base model is trained on {sum(counts[0])} labelled images and '
                             f'self-training on {sum(counts[1])}, or others of each class: give '
                             'both configs the same labelled images.')
        for test in held_out_datasets(used_by):
            check_pool(labeled, unlabeled, test)

    def run(self, context: TaskContext) -> dict[str, Path]:
        """Label the pool and write the labels."""
        pool = DATASETS.build(pool_config(context.used_by).unlabeled)
        path = context.work_dir / FILE
        label_pool(context.config, context.checkpoint, pool, path, self.batch_size)
        return {'pseudo_labels': path}


def pool_config(config: Config | None) -> Config:
    """Return the config of the pseudo-labelled training set of a training.

    Args:
        config (Config, optional): Of the training.

    Returns:
        Config: That of a :class:`ltplug.PseudoLabeledDataset`, with ``labeled`` and ``unlabeled``.

    Raises:
        ValueError: If there is none.
    """
    if config is None:
        raise ValueError('PseudoLabelTask labels the pool of the stage that takes its labels, but '
                         "none does: let a later training have inputs={'train_dataloader.dataset."
                         "pseudo_labels': 'NAME.pseudo_labels'} with the name of this stage.")
    node = config.train_dataloader.dataset
    while node is not None and DATASETS.get(node.type) is not PseudoLabeledDataset:
        node = node.get('dataset')
    if node is None:
        raise ValueError(f'The training data are an {config.train_dataloader.dataset.type} without '
                         'a pool to label: use an ltplug.PseudoLabeledDataset.')
    return node
