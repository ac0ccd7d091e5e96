import json
import time

import cv2
import numpy as np
import pytest

from ltplug.datasets import Digits, ImageFolderDataset, LongTailSubset
from ltplug.datasets.inspection import examine_file, inspect_dataset, open_source


def write_images(root, counts, size=16):
    """Write different images, so many for each class."""
    rng = np.random.default_rng(0)
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            cv2.imwrite(str(root / name / f'{i}.jpg'),
                        rng.integers(0, 256, (size, size, 3), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path):
    write_images(tmp_path / 'images', {'3': 6, '17': 2, 'cat': 3})
    return tmp_path / 'images'


def test_broken_and_double_images_are_named(folder):
    content = (folder / '3/1.jpg').read_bytes()
    (folder / '3/1.jpg').write_bytes(content[:-30])
    (folder / '3/2.jpg').write_bytes(b'')
    (folder / '3/3.jpg').write_text('<html>')
    (folder / 'cat/copy.jpg').write_bytes((folder / 'cat/0.jpg').read_bytes())
    (folder / '17/copy.jpg').write_bytes((folder / 'cat/0.jpg').read_bytes())
    for workers in (1, 2):
        findings = inspect_dataset(open_source(str(folder)), workers=workers)
        assert findings.class_counts.tolist() == [3, 6, 4]
        assert findings.imbalance_ratio == 2
        assert list(findings.unreadable) == [str(folder / f'3/{i}.jpg') for i in (1, 2, 3)]
        assert 'truncated' in findings.unreadable[str(folder / '3/1.jpg')]
        assert findings.duplicates == [[str(folder / name) for name in
                                        ('17/copy.jpg', 'cat/0.jpg', 'cat/copy.jpg')]]
        assert findings.conflicts == 1
    findings.save(folder / 'inspection.json')
    assert json.loads((folder / 'inspection.json').read_text())['class_counts']['3'] == 6


@pytest.mark.parametrize('suffix', ['.jpg', '.png', '.bmp'])
@pytest.mark.parametrize('size', [16, 600])
def test_truncation_is_noticed_in_every_format(tmp_path, suffix, size):
    path = tmp_path / f'image{suffix}'
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 256, (size, size, 3), np.uint8))
    assert examine_file(str(path))[1] is None
    content = path.read_bytes()
    path.write_bytes(content[:-len(content) // 10])
    assert examine_file(str(path))[1]
    assert examine_file(str(tmp_path / 'none.jpg')) == (b'', 'No such file or directory')


def test_every_kind_of_source(folder, tmp_path, configs):
    lines = [(f'cat/{i}.jpg', 2) for i in range(3)] + [('3/0.jpg', 0)]
    (folder / 'list.txt').write_text(''.join(f'{path} {label}\n' for path, label in lines))
    (tmp_path / 'table.csv').write_text('image,label\n' + ''.join(f'{p},{c}\n' for p, c in lines))
    for source in (open_source(str(folder / 'list.txt')),
                   open_source(str(tmp_path / 'table.csv'), images=str(folder))):
        findings = inspect_dataset(source)
        assert findings.class_counts.tolist() == [1, 0, 3] and findings.imbalance_ratio == 3
    config = open_source(str(configs / 'ce/ce_cifar-resnet20_60e_digits-lt.py'))
    findings = inspect_dataset(config)
    assert findings.class_counts[0] == 134 and not findings.unreadable
    with pytest.raises(FileNotFoundError, match='no folder or file nowhere'):
        open_source('nowhere')


def test_images_in_memory_are_compared(folder):
    findings = inspect_dataset(Digits(size=8))
    assert not findings.duplicates and findings.class_names == list('0123456789')
    subset = LongTailSubset(ImageFolderDataset(data_root=str(folder)), imbalance_ratio=2)
    assert inspect_dataset(subset, check=False).class_counts.tolist() == [2, 1, 1]


def test_sixty_thousand_images_take_a_minute(tmp_path):
    write_images(tmp_path / 'images', {'a': 3000, 'b': 3000}, size=32)
    start = time.perf_counter()
    findings = inspect_dataset(open_source(str(tmp_path / 'images')), workers=2)
    assert time.perf_counter() - start < 60 / 10
    assert findings.class_counts.sum() == 6000 and not findings.duplicates
