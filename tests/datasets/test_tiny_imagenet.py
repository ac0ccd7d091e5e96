import io
import zipfile

import cv2
import numpy as np
import pytest

from ltplug.datasets import TinyImageNet, class_counts
from ltplug.datasets.download import DownloadError, file_md5

from .file_server import serve

WNIDS = ['n03', 'n01', 'n02']


def archive(tmp_path):
    """Return an archive in the official layout: four training and two test images a class."""
    image = cv2.imencode('.jpg', np.zeros((64, 64, 3), np.uint8))[1].tobytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as file:
        root = 'tiny-imagenet-200/'
        file.writestr(root + 'wnids.txt', '\n'.join(WNIDS))
        rows = []
        for wnid in WNIDS:
            file.writestr(f'{root}train/{wnid}/{wnid}_boxes.txt', '')
            for i in range(4):
                file.writestr(f'{root}train/{wnid}/images/{wnid}_{i}.JPEG', image)
        for i, wnid in enumerate(WNIDS * 2):
            file.writestr(f'{root}val/images/val_{i}.JPEG', image)
            rows.append(f'val_{i}.JPEG\t{wnid}\t0\t0\t63\t63\n')
        file.writestr(root + 'val/val_annotations.txt', ''.join(rows))
    return buffer.getvalue()


@pytest.fixture
def root(monkeypatch, tmp_path):
    content = archive(tmp_path)
    (tmp_path / 'sum').write_bytes(content)
    with serve() as server:
        server.files['tiny-imagenet-200.zip'] = content
        monkeypatch.setattr(TinyImageNet, 'URL', server.url + 'tiny-imagenet-200.zip')
        monkeypatch.setattr(TinyImageNet, 'MD5', file_md5(tmp_path / 'sum'))
        yield tmp_path / 'data'


def test_both_splits_share_the_sorted_classes(root):
    pipeline = [dict(type='LoadImageFromFile')]
    train = TinyImageNet(data_root=str(root), pipeline=pipeline)
    val = TinyImageNet(data_root=str(root), split='val', download=False, test_mode=True)
    assert train.CLASSES == val.CLASSES == ('n01', 'n02', 'n03')
    assert class_counts(train).tolist() == [4, 4, 4] and class_counts(val).tolist() == [2, 2, 2]
    assert val.get_gt_labels().tolist() == [2, 0, 1, 2, 0, 1]
    for info in (train.get_data_info(i) for i in range(12)):
        assert f"/{train.CLASSES[info['gt_label']]}/images/" in info['img_path']
    assert train[0]['img'].shape == (64, 64, 3)
    left = {path.name for path in root.iterdir()}
    assert left == {'tiny-imagenet-200', 'tiny-imagenet-200.zip'}


def test_mistakes_are_told(root, monkeypatch):
    with pytest.raises(ValueError, match="'train' or 'val' .*got 'test'"):
        TinyImageNet(split='test')
    with pytest.raises(FileNotFoundError, match=r'is not complete .*fetch .*and unpack it in'):
        TinyImageNet(data_root=str(root), download=False)
    root.mkdir()
    (root / 'tiny-imagenet-200.zip').write_bytes(b'no archive')
    monkeypatch.setattr(TinyImageNet, 'MD5', file_md5(root / 'tiny-imagenet-200.zip'))
    with pytest.raises(DownloadError, match='cannot be unpacked'):
        TinyImageNet(data_root=str(root))
    assert [path.name for path in root.iterdir()] == ['tiny-imagenet-200.zip']
