"""Find out where the time of a config goes."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ltplug.engine.checkpoint_io import secure_loading
from ltplug.engine.launches import LaunchCount
from ltplug.engine.profiling import TrainingProfile

from .batched_augmentation import leaf_dataset
from .config import adapt_to_machine, enable_amp, leave_evaluation_out, load_config
from .runner import build_runner, stop_workers

_FILES = 256
_FILE_SIZE = (375, 500)


def profile(config: str | Path | Config, work_dir: str | Path, steps: int = 50, warmup: int = 5,
            amp: bool = False, cfg_options: dict[str, Any] | None = None,
            generated: int | None = None,
            images: str | Path | None = None) -> tuple[TrainingProfile, dict[str, Any]]:
    """Train a config for some steps and tell where their time goes.

    Args:
        config (str, Path or Config): The config of one training or its file.
        work_dir (str or Path): For logs and generated images; what is saved there is of no use.
        steps (int): To be timed, in each of two passes. Defaults to 50.
        warmup (int): Steps before them. Defaults to 5.
        amp (bool): Whether to train in mixed precision. Defaults to False.
        cfg_options (dict[str, Any], optional): Overrides by dotted key.
        generated (int, optional): Train on as many random images instead of those of the config,
            as large as CIFAR's or, where images are files, JPEG files of 500 x 375 pixels.
        images (str or Path, optional): Folder of generated images, which are made where it has
            none. Defaults to ``work_dir``.

    Returns:
        tuple[TrainingProfile, dict]: The result, and what was run: device, threads, precision,
        batch size, workers.

    Raises:
        ConfigError: If the config has a mistake or is a recipe.
    """
    cfg = load_config(config, cfg_options)
    if amp:
        enable_amp(cfg)
    runner = _run(cfg, work_dir, generated, images,
                  type='ltplug.ProfilingLoop', steps=steps, warmup_steps=warmup)
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else 'CPU'
    dtype = getattr(runner.optim_wrapper, 'cast_dtype', torch.float32) or torch.float16
    return runner.train_loop.profile, {
        'device': device, 'threads': torch.get_num_threads(),
        'precision': str(dtype).removeprefix('torch.'),
        'batch_size': cfg.train_dataloader.batch_size,
        'workers': cfg.train_dataloader.num_workers}


def count_launches(config: str | Path | Config, work_dir: str | Path,
                   cfg_options: dict[str, Any] | None = None, generated: int | None = None,
                   images: str | Path | None = None) -> LaunchCount:
    """Count what a training step of a config asks of a GPU, on a machine with or without one.

    Args:
        config (str, Path or Config): The config of one training or its file.
        work_dir (str or Path): For logs and generated images.
        cfg_options (dict[str, Any], optional): Overrides by dotted key.
        generated (int, optional): As of :func:`profile`.
        images (str or Path, optional): As of :func:`profile`.

    Returns:
        LaunchCount: The result.

    Raises:
        ConfigError: If the config has a mistake or is a recipe.
    """
    cfg = load_config(config, {'train_dataloader.num_workers': 0, **(cfg_options or {})})
    return _run(cfg, work_dir, generated, images,
                type='ltplug.LaunchCountingLoop').train_loop.count


def _run(cfg: Config, work_dir: str | Path, generated: int | None, images: str | Path | None,
         **loop: Any) -> Runner:
    cfg.work_dir = str(work_dir)
    if generated is not None:
        generate_images(cfg, Path(images or work_dir), generated)
    leave_evaluation_out(cfg)
    if not cfg.get('load_from'):  # speed does not depend on the weights of an earlier stage
        cfg.get('default_hooks', {}).get('checkpoint_fit', {}).pop('parts', None)
    cfg.train_cfg = dict(max_epochs=cfg.train_cfg.max_epochs, **loop)
    cfg.log_level = 'WARNING'
    adapt_to_machine(cfg)
    with secure_loading(False):
        runner = build_runner(cfg)
        runner.train()
        stop_workers(runner)
    return runner


def generate_images(cfg: Config, folder: Path, number: int, size: int = 32) -> None:
    """Let a config train on random images that are made here.

    Its long tail and transforms stay; a wrapper that needs more images than there are complains.

    Args:
        cfg (Config): Changed in place.
        folder (Path): Where the images are written.
        number (int): How many; files stand for several images each.
        size (int): Height and width of images in memory. Defaults to 32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    leaf = leaf_dataset(cfg, '--generated')
    classes = (cfg.model.get('head') or {}).get('num_classes', 10)
    labels = np.arange(number) % classes
    rng = np.random.default_rng(0)
    pipeline, from_files = leaf['pipeline'], leaf['pipeline'][0]['type'] == 'LoadImageFromFile'
    leaf.clear()
    if not from_files:
        path = folder / f'{number}_of_{classes}.npz'
        if not path.is_file():
            images = rng.integers(0, 256, (number, size, size, 3), dtype=np.uint8)
            np.savez(path, data=images, labels=labels)
        leaf.update(type='ltplug.ImageArrayDataset', ann_file=str(path),
                    label_key='labels', metainfo={'classes': [str(i) for i in range(classes)]},
                    pipeline=pipeline)
        return
    for index in range(_FILES if not (folder / 'images.txt').is_file() else 0):
        coarse = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        image = cv2.resize(coarse, _FILE_SIZE[::-1], interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f'{index}.jpg'), image)
    lines = (f'{index % _FILES}.jpg {label}\n' for index, label in enumerate(labels))
    (folder / 'images.txt').write_text(''.join(lines))
    leaf.update(type='ltplug.ImageListDataset', ann_file=str(folder / 'images.txt'),
                data_prefix=str(folder), num_classes=classes, pipeline=pipeline)
