"""Frozen features are computed once."""

import time
from pathlib import Path

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ltplug.datasets import FeatureDataset
from ltplug.engine.feature_cache import cache_key, why_not_cacheable
from ltplug.engine.features import extract_features
from ltplug.registry import HOOKS
from ltplug.utils import unwrap_model


@HOOKS.register_module()
class FeatureCacheHook(Hook):
    """Trains a probe on features that were computed once, where they never change.

    Acts on training data in a :class:`ltplug.datasets.FeatureDataset`: before the first epoch the
    features are looked for in the folder, by a key of frozen weights, transforms and data, or else
    computed and written there. They never change if backbone and neck are frozen with
    ``norm_mode='eval'`` and all transforms are deterministic; if not, the log says why and
    training goes on with images. With features, batches are made in the training process itself:
    handing them over from workers takes longer.

    Under mixed precision the features are those of float32.

    Args:
        cache_dir (str, optional): The folder; runs may share one. Defaults to
            ``<work_dir>/feature_cache``.
        batch_size (int): Images per step and process while features are computed.
            Defaults to 256.
    """

    def __init__(self, cache_dir: str | None = None, batch_size: int = 256) -> None:
        self.cache_dir = cache_dir
        self.batch_size = batch_size

    def before_train(self, runner: Runner) -> None:
        """Find or compute the features; all weights are loaded and no worker has started."""
        loader = runner.train_dataloader
        if not isinstance(loader.dataset, FeatureDataset):
            return
        model = unwrap_model(runner.model)
        reason = why_not_cacheable(model, loader.dataset)
        if reason is not None:
            print_log(f'Features are computed anew in every epoch: {reason}.', logger='current')
            return
        start = time.perf_counter()
        path, is_there = self._find(runner)
        if not is_there:
            extract_features(model, loader.dataset, self.batch_size, loader.num_workers, path)
        loader.dataset.set_features(path)
        loader.num_workers = loader.timeout = 0
        print_log(f'{"Found" if is_there else "Computed"} the features of {len(loader.dataset):,} '
                  f'images in {time.perf_counter() - start:.1f} s: {path}, '
                  f'{path.stat().st_size / 2**20:.1f} MiB.', logger='current')

    def _find(self, runner: Runner) -> tuple[Path, bool]:
        """Return the path of the features and whether they are there, the same on every rank."""
        found = [None, None]
        if is_main_process():
            folder = Path(self.cache_dir or Path(runner.work_dir) / 'feature_cache')
            folder.mkdir(parents=True, exist_ok=True)
            key = cache_key(unwrap_model(runner.model), runner.train_dataloader.dataset)
            path = folder / f'{key}.npy'
            found = [path, path.is_file()]
        broadcast_object_list(found)
        return found[0], found[1]
