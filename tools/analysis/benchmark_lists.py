"""Time and memory of reading the largest annotation files, on generated files of their size.

ImageNet-LT's training list has 115,846 lines, iNaturalist 2018's JSON 437,513 images. Example::

    python tools/analysis/benchmark_lists.py
"""

import json
import multiprocessing
import resource
import tempfile
import time
from pathlib import Path

IMAGENET_LT, INATURALIST = 115_846, 437_513


def write_imagenet_lt(folder: Path) -> None:
    """Write a list and its images."""
    names = [f'train/n{i % 1000:08}/n{i % 1000:08}_{i}.JPEG' for i in range(IMAGENET_LT)]
    (folder / 'list.txt').write_text(''.join(f'{name} {i % 1000}\n'
                                             for i, name in enumerate(names)))
    _touch(folder, names)


def write_inaturalist(folder: Path) -> None:
    """Write annotations with the fields of the official file, in two orders, and the images."""
    names = [f'train_val2018/Plantae/{i % 8142}/{i:032x}.jpg' for i in range(INATURALIST)]
    images = [dict(id=i, file_name=name, license=3, rights_holder=f'Somebody No. {i}', width=800,
                   height=600) for i, name in enumerate(names)]
    annotations = [dict(id=i, image_id=i, category_id=i % 8142)
                   for i in reversed(range(INATURALIST))]
    categories = [dict(id=i, name=f'Genus species{i}', supercategory='Plantae')
                  for i in range(8142)]
    (folder / 'train2018.json').write_text(json.dumps(dict(
        info=dict(year=2018), images=images, annotations=annotations, categories=categories)))
    _touch(folder, names)


def _touch(folder: Path, names: list[str]) -> None:
    # the three images that the datasets check
    for number in (0, len(names) // 2, len(names) - 1):
        (folder / names[number]).parent.mkdir(parents=True, exist_ok=True)
        (folder / names[number]).touch()


def measure(kind: str, folder: str) -> None:
    """Build a dataset, count its classes and print what that took."""
    from ltplug.datasets import ImageListDataset, INaturalist2018, class_counts
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    if kind == 'ImageNet-LT':
        dataset = ImageListDataset('list.txt', data_root=folder, num_classes=1000)
    else:
        dataset = INaturalist2018(data_root=folder)
    built = time.perf_counter()
    counts = class_counts(dataset)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kept = (dataset.data_bytes.nbytes + dataset.data_address.nbytes) / 2**20
    print(f'{kind}: {len(dataset):,} images, {len(counts):,} classes, built in '
          f'{built - start:.2f} s, counted in {time.perf_counter() - built:.2f} s, process at most '
          f'{peak / 2**10:,.0f} MiB ({before / 2**10:,.0f} before), the dataset keeps '
          f'{kept:,.0f} MiB')


def main() -> None:
    """Write the files and read each in a process of its own."""
    spawn = multiprocessing.get_context('spawn')
    for kind, write in (('ImageNet-LT', write_imagenet_lt),
                        ('iNaturalist 2018', write_inaturalist)):
        with tempfile.TemporaryDirectory() as folder:
            for function, arguments in ((write, (Path(folder), )), (measure, (kind, folder))):
                process = spawn.Process(target=function, args=arguments)
                process.start()
                process.join()
                if process.exitcode:
                    raise SystemExit(process.exitcode)


if __name__ == '__main__':
    main()
