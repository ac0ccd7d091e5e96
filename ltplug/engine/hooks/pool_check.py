"""Checks a pool without labels before the first step."""

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ltplug.datasets import check_pool, semi_supervised_part
from ltplug.registry import DATASETS, HOOKS
from ltplug.utils import is_training


@HOOKS.register_module()
class PoolCheckHook(Hook):
    """Refuses a pool whose images are of another size, or are test or validation images.

    Where the training data are a :class:`ltplug.SemiSupervisedDataset` or
    :class:`ltplug.PseudoLabeledDataset`, of which :func:`ltplug.datasets.check_pool` says whether
    they fit; other trainings have nothing to check.
    """

    def before_run(self, runner: Runner) -> None:
        """Check the pool of a training.

        Raises:
            ValueError: If it cannot be trained on.
        """
        if not is_training(runner):
            return
        dataset = semi_supervised_part(runner.train_dataloader.dataset)
        for test in held_out_datasets(runner.cfg) if dataset is not None else ():
            check_pool(dataset.labeled, dataset.unlabeled, test)


def held_out_datasets(config: Config) -> list:
    """Build the datasets of test and validation, each once.

    Args:
        config (Config): Of a training.

    Returns:
        list[dataset]: Two, one or none.
    """
    found = []
    for key in ('test_dataloader', 'val_dataloader'):
        loader = config.get(key)
        if loader and loader.dataset not in found:
            found.append(loader.dataset)
    return [DATASETS.build(dataset) for dataset in found]
