"""How long the report of a run takes and how large it is.

``python tools/analysis/benchmark_report.py --classes 8142 --images 24426``
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from ltplug.evaluation import GroupAccuracy
from ltplug.ops import long_tail_counts, shot_groups
from ltplug.reports import write_report
from ltplug.utils import write_json

CONFIG = 'configs/ce/ce_resnet50_90e_inat18.py'


def write_run(folder: Path, num_classes: int, num_images: int, seed: int = 0,
              rare_bonus: float = 0.0) -> None:
    """Write the files of a training as if it had been done.

    Classes are long-tailed (1000 to 2 images), in no order; frequent ones are predicted better, and
    what is wrong goes to frequent classes more often.

    Args:
        folder (Path): For the files.
        num_classes (int): Classes, C.
        num_images (int): Test images, spread evenly.
        seed (int): Of all that is drawn. Defaults to 0.
        rare_bonus (float): Raises the accuracy of rare classes and lowers that of frequent ones.
            Defaults to 0.
    """
    data, rng = np.random.default_rng(0), np.random.default_rng(seed + 1)
    counts = data.permutation(long_tail_counts(1000, num_classes, 500))
    names = [f'Species {label} of the genus {label % 97}' for label in range(num_classes)]
    target = np.arange(num_images) % num_classes
    position = np.log(counts / 2) / np.log(500)  # 0 for the rarest class, 1 for the largest
    chance = (0.25 + 0.5 * position + rare_bonus * (0.5 - position))[target]
    confidence = np.clip(chance + 0.3 * rng.normal(size=num_images) + 0.1, 0.01, 1)
    wrong = rng.choice(num_classes, num_images, p=np.sqrt(counts) / np.sqrt(counts).sum())
    predicted = np.where(rng.random(num_images) < chance, target, wrong)

    metrics = GroupAccuracy.calculate(predicted, target, counts)
    per_class = metrics.pop('per_class')
    (folder / 'test').mkdir(parents=True)
    write_json(folder / 'test' / 'results.json', {
        'metrics': {f'group_accuracy/{key}': value for key, value in metrics.items()},
        'groups': [{'prefix': 'group_accuracy', 'per_class': per_class, 'class_counts': counts,
                    'class_names': names, 'groups': shot_groups(counts)}]})
    np.savez_compressed(
        folder / 'test' / 'predictions.npz', gt_label=target.astype(np.int32),
        pred_label=predicted.astype(np.int32), confidence=confidence.astype(np.float32),
        weight_norms=(1 + position + 0.1 * rng.normal(size=num_classes)).astype(np.float32))
    start = {'time': '2026-01-01 12:00:00', 'folder': '/home/me/ltplug',
             'command': f'python tools/train.py {CONFIG} --seed {seed}'}
    write_json(folder / 'run.json', {
        **start, 'commands': [start], 'config': CONFIG, 'seed': seed, 'task': None,
        'changes': [['optim_wrapper.optimizer.lr', '0.1', '0.2']], 'class_counts': counts,
        'group_counts': counts, 'versions': {'python': '3.11'}, 'device': '1 x cpu'})
    log = folder / '20260101_120000' / 'vis_data' / 'scalars.json'
    log.parent.mkdir(parents=True)
    epochs = range(1, 91)
    log.write_text('\n'.join(json.dumps(line) for epoch in epochs for line in (
        {'lr': 0.2 * (1 - epoch / 91), 'loss': 8 * np.exp(-epoch / 40), 'epoch': epoch,
         'iter': 100 * epoch, 'step': 100 * epoch},
        {**{f'group_accuracy/{key}': value * (1 - np.exp(-epoch / 20))
            for key, value in metrics.items()}, 'step': epoch})))


def main() -> None:
    """Write a run and its report, and print time and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--classes', type=int, default=8142)
    parser.add_argument('--images', type=int, default=24426)
    parser.add_argument('--out', help='folder of the run (default: one that is removed)')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(args.out or temporary)
        write_run(folder, args.classes, args.images)
        start = time.perf_counter()
        path = write_report(folder)
        seconds = time.perf_counter() - start
        print(f'{args.classes:,} classes, {args.images:,} test images: {seconds:.1f} s, '
              f'{path.stat().st_size / 2**20:.2f} MiB')


if __name__ == '__main__':
    main()
