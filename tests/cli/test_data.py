import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from ltplug.cli.data import convert_inat_main, inspect_main, make_subset_main
from ltplug.datasets import ImageListDataset, class_counts
from tests.datasets.test_inspection import write_images

TOOLS = Path(__file__).parents[2] / 'tools' / 'data'


@pytest.fixture
def folder(tmp_path):
    write_images(tmp_path / 'images', {'3': 20, '17': 22, 'cat': 20, 'dog': 25}, size=8)
    return tmp_path / 'images'


def test_inspect_runs_as_a_script(folder, tmp_path):
    content = (folder / 'cat/1.jpg').read_bytes()
    (folder / 'cat/1.jpg').write_bytes(content[:-30])
    result = subprocess.run(
        [sys.executable, str(TOOLS / 'inspect.py'), str(folder), '--out', str(tmp_path / 'out')],
        capture_output=True, text=True, timeout=120, check=True)
    assert f'{folder}/cat/1.jpg: image file is truncated' in result.stdout
    assert '87 images in 4 classes. Imbalance ratio 1.2: "dog" has 25 images' in result.stdout
    assert cv2.imread(str(tmp_path / 'out' / 'class_distribution.png')) is not None
    assert json.loads((tmp_path / 'out' / 'inspection.json').read_text())['unreadable']


def test_inspect_tells_groups_and_empty_classes(folder, tmp_path, capsys):
    (folder / 'list.txt').write_text(''.join(f'dog/{i}.jpg 3\n' for i in range(25)))
    inspect_main([str(folder / 'list.txt'), '--no-check', '--out', str(tmp_path)])
    out = capsys.readouterr().out
    assert '3 classes have no image: 0, 1, 2.' in out
    assert 'Unreadable' not in out
    row, = (line.split() for line in out.splitlines() if line.strip().startswith('Medium'))
    assert row == ['Medium', '1', '25', '100.0%']


def test_make_subset_writes_a_list_that_can_be_read(folder, tmp_path, capsys):
    options = ['--ratio', '10', '--profile', 'step', '--seed']
    lists = []
    for name, seed in (('a.txt', 0), ('b.txt', 0), ('c.txt', 1)):
        make_subset_main([str(folder), str(tmp_path / name), *options, str(seed)])
        lists.append((tmp_path / name).read_text())
    assert lists[0] == lists[1] != lists[2]
    printed = capsys.readouterr().out.strip().splitlines()[-1]
    source = eval(printed)  # what the tool says to write in a config
    assert source.pop('type') == 'ltplug.ImageListDataset'
    dataset = ImageListDataset(pipeline=[dict(type='LoadImageFromFile')], **source)
    assert class_counts(dataset).tolist() == [20, 20, 2, 2]
    assert dataset.CLASSES == ('17', '3', 'cat', 'dog')
    assert dataset[0]['img'].shape == (8, 8, 3)


def test_convert_inat_joins_by_image(tmp_path, capsys):
    images = [dict(id=i, file_name=f'train_val2018/Aves/{i}.jpg') for i in (5, 2)]
    annotations = [dict(id=i, image_id=i, category_id=10 * i) for i in (2, 5)]
    (tmp_path / 'train2018.json').write_text(json.dumps(dict(images=images,
                                                             annotations=annotations)))
    convert_inat_main([str(tmp_path / 'train2018.json'), str(tmp_path / 'new' / 'list.txt')])
    assert (tmp_path / 'new' / 'list.txt').read_text() == (
        'train_val2018/Aves/5.jpg 50\ntrain_val2018/Aves/2.jpg 20\n')
    assert '2 images in 2 classes' in capsys.readouterr().out


def test_inspect_says_how_to_name_the_folder_of_the_images(folder, tmp_path):
    (tmp_path / 'list.txt').write_text('dog/1.jpg 0\n')
    with pytest.raises(SystemExit, match='dog/1.jpg .* is not there.* --images is that folder'):
        inspect_main([str(tmp_path / 'list.txt')])
    with pytest.raises(SystemExit, match='no folder nowhere, which the paths of .* start from'):
        inspect_main([str(tmp_path / 'list.txt'), '--images', 'nowhere'])


@pytest.mark.parametrize(('main', 'arguments', 'sentence'), [
    (inspect_main, ['nowhere'], 'Error: There is no folder or file nowhere'),
    (make_subset_main, ['nowhere', 'x.txt'], 'Error: There is no folder nowhere'),
    (convert_inat_main, ['no.json', 'x.txt'], 'Error: There is no annotation file no.json'),
])
def test_mistakes_are_told(main, arguments, sentence):
    with pytest.raises(SystemExit, match=sentence):
        main(arguments)


@pytest.mark.parametrize(('tool', 'told'), [
    ('make_subset', 'list file'), ('convert_inat', 'list file'), ('pseudo_label', 'pool')])
def test_scripts_beside_inspect_start(tool, told):
    result = subprocess.run([sys.executable, str(TOOLS / f'{tool}.py'), '--help'],
                            capture_output=True, text=True, timeout=120, check=True)
    assert told in result.stdout
