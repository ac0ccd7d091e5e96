import io

import numpy as np
import pytest
from scipy.io import savemat

from ltplug.datasets import SVHN, LongTailSubset, class_counts
from ltplug.datasets.download import DownloadError, file_md5

from .file_server import serve


@pytest.fixture
def official(monkeypatch, tmp_path):
    """Serve a small file in the official format; returns its images and digits."""
    rng = np.random.default_rng(0)
    digits = rng.permutation(np.repeat(np.arange(10), 6))
    images = rng.integers(0, 256, (60, 32, 32, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    savemat(buffer, {'X': images.transpose(1, 2, 3, 0),
                     'y': np.where(digits == 0, 10, digits).astype(np.uint8)[:, None]},
            do_compression=True)
    (tmp_path / 'sum').write_bytes(buffer.getvalue())
    with serve() as server:
        server.files['train_32x32.mat'] = buffer.getvalue()
        monkeypatch.setattr(SVHN, 'URL', server.url)
        monkeypatch.setitem(SVHN.MD5, 'train', file_md5(tmp_path / 'sum'))
        yield images, digits


def test_images_and_labels_are_those_of_the_file(official, tmp_path):
    images, digits = official
    dataset = SVHN(data_root=str(tmp_path / 'data'))
    assert dataset.get_gt_labels().tolist() == digits.tolist()
    for index in (0, 31, 59):
        np.testing.assert_array_equal(dataset[index]['img'], images[index])
    again = SVHN(data_root=str(tmp_path / 'data'), download=False)
    assert len(again) == 60


def test_the_tail_of_svhn_lt_is_the_digit_zero(official, tmp_path):
    subset = LongTailSubset(SVHN(data_root=str(tmp_path)), imbalance_ratio=6,
                            class_order=[1, 2, 3, 4, 5, 6, 7, 8, 9, 0])
    counts = class_counts(subset)
    assert counts.argmax() == 1 and counts[1] == 6 and counts.argmin() == 0 and counts[0] == 1


def test_mistakes_are_told(official, tmp_path):
    with pytest.raises(ValueError, match="'train', 'test' or 'extra', got 'val'"):
        SVHN(split='val')
    with pytest.raises(FileNotFoundError, match=r'no .*test_32x32.mat: fetch .* and put it there'):
        SVHN(data_root=str(tmp_path), split='test', download=False)
    with pytest.raises(DownloadError, match='test_32x32.mat cannot be downloaded'):
        SVHN(data_root=str(tmp_path), split='test')
    (tmp_path / 'extra_32x32.mat').write_bytes(b'no matrix')
    with pytest.raises(ValueError, match='extra_32x32.mat is not a file of SVHN'):
        SVHN(data_root=str(tmp_path), split='extra', download=False)
