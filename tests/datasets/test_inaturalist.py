import json

import pytest

from ltplug.datasets import ImageListDataset, INaturalist2018, class_counts, gt_labels
from ltplug.datasets.image_list import write_image_list
from ltplug.datasets.inaturalist import read_inaturalist


def content():
    """Return annotations whose two lists are in different orders."""
    names = [f'train_val2018/Aves/{label}/{number}.jpg'
             for number, label in ((7, 2), (3, 0), (5, 2))]
    return {
        'images': [dict(id=number, file_name=name, license=3, width=8, height=8)
                   for number, name in zip((7, 3, 5), names, strict=True)],
        'annotations': [dict(id=i, image_id=image, category_id=label)
                        for i, (image, label) in enumerate(((3, 0), (5, 2), (7, 2)))],
        'categories': [dict(id=i, name=f'species {i}', supercategory='Aves') for i in (2, 0, 1, 3)],
    }


@pytest.fixture
def write(tmp_path):
    def write(annotations):
        path = tmp_path / 'train2018.json'
        path.write_text(json.dumps(annotations))
        for image in annotations.get('images', ()):
            file = tmp_path / image['file_name']
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        return path

    return write


def test_labels_are_joined_by_image(write):
    dataset = INaturalist2018(data_root=str(write(content()).parent))
    labels = gt_labels(dataset).tolist()
    assert labels == [2, 0, 2]
    for index, label in enumerate(labels):
        assert f'/Aves/{label}/' in dataset.get_data_info(index)['img_path']
    assert class_counts(dataset).tolist() == [1, 0, 2, 0]
    assert dataset.metainfo['classes'][2] == 'species 2'


def test_the_list_file_says_the_same(write):
    path = write(content())
    paths, labels, _ = read_inaturalist(str(path))
    write_image_list(path.with_name('list.txt'), paths, labels)
    lists = ImageListDataset('list.txt', data_root=str(path.parent))
    official = INaturalist2018(data_root=str(path.parent))
    assert [lists.get_data_info(i) for i in range(3)] == [official.get_data_info(i)
                                                          for i in range(3)]


def without(key):
    annotations = content()
    del annotations[key]
    return annotations


def changed(key, items):
    annotations = content()
    annotations[key] = annotations[key] + items if items else annotations[key][:-1]
    return annotations


@pytest.mark.parametrize(('annotations', 'sentence'), [
    (without('annotations'), "not in the format of iNaturalist 2018.*'annotations'"),
    (changed('annotations', []), 'no annotation of the image train_val2018/Aves/2/7.jpg'),
    (changed('annotations', [dict(id=9, image_id=3, category_id=1)]), '4 annotations of 3 images'),
    (changed('categories', []), None),
    ([1, 2], 'not in the format'),
])
def test_files_of_another_form(write, tmp_path, annotations, sentence):
    if sentence is None:  # fewer categories, still without a gap
        write(annotations)
        assert len(INaturalist2018(data_root=str(tmp_path)).metainfo['classes']) == 3
        return
    (tmp_path / 'train2018.json').write_text(json.dumps(annotations))
    with pytest.raises(ValueError, match=sentence):
        INaturalist2018(data_root=str(tmp_path))


def test_a_missing_file_says_what_to_fetch(write, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'train2018.json; .*visipedia/inat_comp'):
        INaturalist2018(data_root=str(tmp_path))
    path = write(content())
    (tmp_path / 'train_val2018/Aves/2/7.jpg').unlink()
    with pytest.raises(FileNotFoundError, match=r'train_val2018.tar.gz'):
        INaturalist2018(data_root=str(path.parent))
