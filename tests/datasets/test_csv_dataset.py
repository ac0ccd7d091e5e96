import pytest

from ltplug.datasets import CsvDataset, LongTailSubset, class_counts, gt_labels
from ltplug.datasets.csv_dataset import read_csv
from ltplug.datasets.image_list import read_image_list


@pytest.fixture
def write(tmp_path):
    for name in 'abcd':
        (tmp_path / f'{name}.png').touch()

    def write(text, name='data.csv'):
        (tmp_path / name).write_text(text)
        return dict(ann_file=name, data_root=str(tmp_path))

    return write


def test_names_are_sorted(write):
    rows = ['id,image,label', '1,a.png,zebra', '2,b.png,"ant, red"', '3,c.png,zebra']
    dataset = CsvDataset(**write('\n'.join(rows)))
    assert dataset.CLASSES == ('ant, red', 'zebra')
    assert gt_labels(dataset).tolist() == [1, 0, 1]
    assert dataset.get_data_info(1)['img_path'].endswith('b.png')
    assert class_counts(LongTailSubset(dataset, imbalance_ratio=1)).tolist() == [1, 1]


def test_splits_share_the_classes(write, tmp_path):
    write('image,label\na.png,cat\nb.png,ant\nc.png,bee\n', 'train.csv')
    arguments = write('label;image\ncat ; a.png\nant;b.png\n', 'val.csv')
    write('label;image\nbee;a.png\ncat;a.png\nant;a.png\n', 'all.csv')
    val = CsvDataset(**arguments, delimiter=';', classes_from=str(tmp_path / 'all.csv'))
    assert gt_labels(val).tolist() == [2, 0] and class_counts(val).tolist() == [1, 0, 1]
    listed = CsvDataset(**arguments, delimiter=';', classes=['cat', 'ant'])
    assert gt_labels(listed).tolist() == [0, 1]


def test_integers_are_labels(write):
    arguments = write('image,label\na.png,10\nb.png,2\n')
    dataset = CsvDataset(**arguments)
    assert gt_labels(dataset).tolist() == [10, 2]
    named = CsvDataset(**arguments, classes=[f'class {i}' for i in range(12)])
    assert gt_labels(named).tolist() == [10, 2] and len(class_counts(named)) == 12
    by_name = CsvDataset(**arguments, classes=['2', '10'])
    assert gt_labels(by_name).tolist() == [1, 0]


@pytest.mark.parametrize(('text', 'arguments', 'sentence'), [
    ('a.png,cat\n', {}, "Line 1 of .* must name the columns.*'image' is none of a.png, cat"),
    ('', {}, 'Line 1 of'),
    ('image,label\n', {}, 'names no image'),
    ('image,label\na.png,cat\nb.png,\n', {}, "Line 3 of .* nothing in the column 'label'"),
    ('image,label\na.png,cat\nb.png\n', {}, "Line 3 of .* nothing in the column 'label'"),
    ('image,label\na.png,cow\n', dict(classes=['cat']), "a.png the label 'cow', .* 1 classes"),
    ('image,label\na.png,3\n', dict(classes=['cat']), 'a.png the label 3, but'),
    ('image,label\na.png,3\n', dict(classes=['a'], classes_from='b'), 'either classes or'),
])
def test_mistakes_are_told(write, text, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        CsvDataset(**write(text), **arguments)


@pytest.mark.parametrize('read', [
    lambda path: read_csv(path, ['image']), read_image_list])
def test_text_of_another_encoding_is_named(tmp_path, read):
    (tmp_path / 'list').write_bytes('Bär.png 0\n'.encode('latin-1'))
    with pytest.raises(ValueError, match=f'{tmp_path}/list is no text in UTF-8: save it in this'):
        read(tmp_path / 'list')


def test_missing_files_are_named(write):
    arguments = write('image,label\na.png,cat\nnot.png,cat\n')
    with pytest.raises(FileNotFoundError, match='not.png .number 2 of'):
        CsvDataset(**arguments)
    with pytest.raises(FileNotFoundError, match='no CSV file none.csv'):
        CsvDataset('none.csv')
