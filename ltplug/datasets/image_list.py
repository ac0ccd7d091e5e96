"""Images named by a list file, as ImageNet-LT, Places-LT and others are published."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.fileio import exists
from mmpretrain.datasets import BaseDataset

from ltplug.registry import DATASETS
from ltplug.utils import sought_in

PATH_REWRITES = {
    # The lists sort the validation images into folders; mmpretrain's layout does not.
    'imagenet_flat_val': ((r'^val/n\d{8}/', 'val/'), ),
    # train/basketball_court-indoor/1.jpg -> data_256/b/basketball_court/indoor/1.jpg
    'places_to_data_256': (
        (r'^train/(([^/])[^/]*)/', r'data_256/\2/\1/'),
        (r'^(data_256/./[^/-]+)-', r'\1/'),
        (r'^val/[^/]+/', 'val_256/'),
    ),
    # The other way round; val_256 does not say the class, so it stays as it is.
    'places_to_train': (
        (r'^data_256/./([^/]+)/([^/]+)/(?=[^/]+$)', r'train/\1-\2/'),
        (r'^data_256/./', 'train/'),
    ),
}

# What to fetch, by a pattern of the path that is missing. None may be passed on by others.
_SOURCES = (
    (r'mageNet_100_[\w.]*\.txt$', 'the lists are in split/ of https://github.com/VITA-Group/SDCLR'
     ' (that of the whole training set is not: configs/sdclr/README.md tells how to make it)'),
    (r'(ImageNet|Places)_LT\w*\.txt$', 'the lists are linked from '
     'https://github.com/zhmiao/OpenLongTailRecognition-OLTR'),
    (r'(train|val)2018\.json$', 'the annotations are on '
     'https://github.com/visipedia/inat_comp/tree/master/2018'),
    (r'n\d{8}_\d+\.JPEG$|ILSVRC2012_', 'the images of ILSVRC 2012 are given to registered users on '
     'https://image-net.org/download'),
    (r'Places365_|data_256/|\b\d{8}\.jpg$', 'the images of Places365 (256 pixels) are on '
     'http://places2.csail.mit.edu/download.html'),
    (r'train_val2018/', 'the images (train_val2018.tar.gz) are on '
     'https://github.com/visipedia/inat_comp/tree/master/2018'),
)


def where_to_fetch(path: str) -> str:
    """Return what to add to a sentence about a missing file: '; ...' or nothing."""
    return next((f'; {source}' for pattern, source in _SOURCES if re.search(pattern, path)), '')


def read_image_list(path: str) -> tuple[list[str], list[int]]:
    """Read a list file, ``<path of the image> <integer label>`` on each line.

    The label follows the last space, so paths may contain spaces. Empty lines are skipped.

    Args:
        path (str): The list file, UTF-8.

    Returns:
        tuple[list[str], list[int]]: Paths and labels, in the order of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line has another form; it is named.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no list file {path}{sought_in(path)}'
                                f'{where_to_fetch(path)}.')
    try:
        with open(path, encoding='utf-8-sig') as file:
            parts = [line.rstrip().rpartition(' ') for line in file]
    except UnicodeDecodeError:
        raise ValueError(f'{path} is no text in UTF-8: save it in this encoding.') from None
    try:
        labels = [int(label) for name, _, label in parts if name or label]
    except ValueError:
        number = next(i for i, part in enumerate(parts, 1) if any(part) and not _is_int(part[2]))
        raise ValueError(f'Line {number} of {path} must be a path, a space and an integer label, '
                         f"got '{''.join(parts[number - 1])[:100]}'.") from None
    return [name.strip() for name, _, label in parts if name or label], labels


def write_image_list(path: str | os.PathLike, paths: Sequence[str], labels: Sequence[int]) -> None:
    """Write a list file that :func:`read_image_list` reads.

    Args:
        path (str or os.PathLike): The file to write or replace, whole or not at all.
        paths (Sequence[str]): Path of each image, [N].
        labels (Sequence[int]): Label of each image, [N].
    """
    from ltplug.utils import write_atomically  # the engine imports the datasets

    text = ''.join(f'{name} {label}\n' for name, label in zip(paths, labels, strict=True))
    write_atomically(path, lambda file: file.write(text.encode()))


def _is_int(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True


@DATASETS.register_module()
class ImageListDataset(BaseDataset):
    """Images and labels named by a list file.

    Reads the public lists of ImageNet-LT, Places-LT, iNaturalist 2018 and ImageNet-100-LT: one
    ``<path> <label>`` a line, see :func:`read_image_list`. The images are looked for under
    ``data_prefix``; the first, the middle and the last are checked to be there.

    Args:
        ann_file (str): The list file, relative to ``data_root`` where that is given.
        data_root (str): Folder before ``ann_file`` and ``data_prefix``. Defaults to ''.
        data_prefix (str): Folder of the images. Defaults to ''.
        path_rewrite (Sequence, Mapping or str, optional): How your folders differ from the list:
            pairs (regular expression, replacement) applied one after the other to every path, a
            dict {prefix: other prefix} of which the first that fits is taken, or one of
            'imagenet_flat_val' (validation images in one folder, as mmpretrain has them),
            'places_to_data_256' and 'places_to_train' (between the two layouts of Places365).
        num_classes (int, optional): Number of classes; labels must lie below it. Defaults to the
            number of ``classes``, else to what the labels say.
        test_mode (bool): As in mmpretrain's datasets. Defaults to False.
        **kwargs: Other arguments of :class:`mmpretrain.datasets.BaseDataset`, such as pipeline
            and classes.

    Raises:
        FileNotFoundError: If the list or an image is missing.
        ValueError: If a line or an argument makes no sense.
    """

    def __init__(self,
                 ann_file: str,
                 data_root: str = '',
                 data_prefix: str = '',
                 path_rewrite: Sequence[tuple[str, str]] | Mapping[str, str] | str | None = None,
                 num_classes: int | None = None,
                 test_mode: bool = False,
                 **kwargs: Any) -> None:
        self.rewrites = _compile_rewrites(path_rewrite)
        self.num_classes = num_classes
        super().__init__(ann_file=ann_file, data_root=data_root, data_prefix=data_prefix,
                         test_mode=test_mode, **kwargs)

    def read_annotations(self) -> tuple[list[str], list[int]]:
        """Return the paths, as the annotations have them, and the labels; other formats override.

        Returns:
            tuple[list[str], list[int]]: Paths [N] and labels [N].
        """
        return read_image_list(self.ann_file)

    def load_data_list(self) -> list[dict]:
        """Return one dict per image: ``img_path`` str and ``gt_label`` int."""
        paths, labels = self.read_annotations()
        if not paths:
            raise ValueError(f'{self.ann_file} names no image.')
        self._check_labels(paths, labels)
        for pattern, replacement in self.rewrites:
            paths = [pattern.sub(replacement, path) for path in paths]
        paths = [os.path.join(self.img_prefix, path) for path in paths]
        for number in sorted({0, len(paths) // 2, len(paths) - 1}):
            if not exists(paths[number]):
                raise FileNotFoundError(
                    f'The image {paths[number]} (number {number + 1} of {self.ann_file}) is not '
                    'there: data_prefix must be the folder that the paths start from, and '
                    f'path_rewrite can change them{where_to_fetch(paths[number])}.')
        return [{'img_path': path, 'gt_label': label}
                for path, label in zip(paths, labels, strict=True)]

    def _check_labels(self, paths: list[str], labels: list[int]) -> None:
        names = self._metainfo.get('classes')
        num_classes = self.num_classes or (len(names) if names else max(labels) + 1)
        if names and len(names) != num_classes:
            raise ValueError(f'num_classes is {num_classes}, but {len(names)} classes are named.')
        if min(labels) < 0 or max(labels) >= num_classes:
            bad = next(i for i, label in enumerate(labels) if not 0 <= label < num_classes)
            raise ValueError(f'{self.ann_file} gives {paths[bad]} the label {labels[bad]}, but the '
                             f'labels of {num_classes} classes run from 0 to {num_classes - 1}.')
        if not names and self.num_classes:
            # class_counts() takes the number of classes from their names
            self._metainfo['classes'] = tuple(map(str, range(num_classes)))


def _compile_rewrites(rewrite: Any) -> list[tuple[re.Pattern, Any]]:
    """Return pairs (pattern, replacement) for :meth:`re.Pattern.sub`."""
    if rewrite is None:
        return []
    if isinstance(rewrite, str):
        if rewrite not in PATH_REWRITES:
            raise ValueError(f'path_rewrite must be one of {", ".join(PATH_REWRITES)}, pairs or a '
                             f'dict, got {rewrite!r}.')
        rewrite = PATH_REWRITES[rewrite]
    if isinstance(rewrite, Mapping):
        prefixes = dict(rewrite)
        pattern = '^(?:' + '|'.join(map(re.escape, prefixes)) + ')'
        return [(re.compile(pattern), _Lookup(prefixes))]
    try:
        return [(re.compile(pattern), replacement) for pattern, replacement in rewrite]
    except (re.error, TypeError, ValueError) as error:
        raise ValueError('path_rewrite must be pairs (regular expression, replacement): '
                         f'{error}.') from None


class _Lookup(dict):
    """Replaces a match by its entry; a dict, so that datasets can be pickled."""

    def __call__(self, match: re.Match) -> str:
        return self[match[0]]
