"""iNaturalist 2018 from its official annotations."""

import json
import os
from typing import Any

from ltplug.registry import DATASETS

from .image_list import ImageListDataset, where_to_fetch


def read_inaturalist(path: str) -> tuple[list[str], list[int], list[str] | None]:
    """Read an official annotation file, ``train2018.json`` or ``val2018.json``.

    Images and labels are joined by ``image_id``; the two lists of the file need not be in the same
    order.

    Args:
        path (str): The file.

    Returns:
        tuple: Paths [N] in the order of the file's images, labels [N] (the category ids) and the
        names of the classes, or None where the file has none.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file has another form or an image has no label or several.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f'There is no annotation file {path}{where_to_fetch(path)}.')
    try:
        with open(path, encoding='utf-8') as file:
            content = json.load(file)
        annotations = content['annotations']
        category = {item['image_id']: int(item['category_id']) for item in annotations}
        images = [(item['id'], item['file_name']) for item in content['images']]
        categories = sorted((int(item['id']), item['name'])
                            for item in content.get('categories', ()))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f'{path} is not in the format of iNaturalist 2018, a dict of images '
                         f'(id, file_name) and annotations (image_id, category_id): {error}.'
                         ) from None
    if len(category) != len(annotations):
        raise ValueError(f'{path} has {len(annotations):,} annotations of {len(category):,} '
                         'images; ltplug trains on one label per image.')
    unlabelled = next((name for number, name in images if number not in category), None)
    if unlabelled is not None:
        raise ValueError(f'{path} has no annotation of the image {unlabelled}; the official test '
                         'file has none at all, take val2018.json for testing.')
    names = [name for _, name in categories]
    # Names are looked up by label, so they are of use only where the ids leave no gap.
    contiguous = [number for number, _ in categories] == list(range(len(names)))
    labels = [category[number] for number, _ in images]
    return [name for _, name in images], labels, names if names and contiguous else None


@DATASETS.register_module()
class INaturalist2018(ImageListDataset):
    """iNaturalist 2018, 437,513 training and 24,426 validation images of 8,142 species.

    The licence forbids passing the images on: fetch ``train_val2018.tar.gz``,
    ``train2018.json.tar.gz`` and ``val2018.json.tar.gz`` from
    https://github.com/visipedia/inat_comp/tree/master/2018 and unpack them into ``data_root``. The
    validation set serves as the test set. Lists in text form go to :class:`ImageListDataset`.

    Args:
        ann_file (str): 'train2018.json' or 'val2018.json'. Defaults to the former.
        data_root (str): Folder of the annotations and of ``train_val2018``. Defaults to
            'data/inaturalist2018'.
        **kwargs: Other arguments of :class:`ImageListDataset`.

    Raises:
        FileNotFoundError: If the annotations or an image are missing.
        ValueError: If the annotations have another form.
    """

    def __init__(self,
                 ann_file: str = 'train2018.json',
                 data_root: str = 'data/inaturalist2018',
                 **kwargs: Any) -> None:
        super().__init__(ann_file=ann_file, data_root=data_root, **kwargs)

    def read_annotations(self) -> tuple[list[str], list[int]]:
        """Return paths [N] and labels [N]."""
        paths, labels, names = read_inaturalist(self.ann_file)
        if names:
            self._metainfo.setdefault('classes', tuple(names))
        return paths, labels
