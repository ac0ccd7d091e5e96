import cv2
import numpy as np

from ltplug.visualization import Shown, plot_retrieval


def near(image, bgr):
    return np.abs(image.astype(int) - bgr).sum(axis=2) < 30


def test_frames_tell_right_from_wrong(tmp_path):
    image, response = np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8))
    response[:2] = 1
    query = Shown(image, 'a (many)', response, box=(1, 1, 5, 5))
    hit = Shown(image, 'a (many)\n0.90', response, is_right=True)
    miss = Shown(image, 'b (few)\n0.80', response, is_right=False)
    path = plot_retrieval([[query, hit, miss], [query, miss, hit]], tmp_path / 'new' / 'grid.png')
    picture = cv2.imread(str(path))
    blue, orange, box = (near(picture, color) for color in (
        [0xB2, 0x72, 0x00], [0x00, 0x5E, 0xD5], [0x00, 0x9F, 0xE6]))
    height = len(picture) // 2
    for row, (left, right) in ((slice(0, height), (blue, orange)),
                               (slice(height, None), (orange, blue))):
        assert np.median(np.nonzero(left[row])[1]) < np.median(np.nonzero(right[row])[1]) - 100
        assert box[row].sum() > 500
    assert blue.sum() > 1.3 * orange.sum(), 'orange lines are dashed'
    top = picture[:height].reshape(-1, 3).astype(int)
    assert (np.abs(top - top[:, :1]).sum(axis=1) > 60).sum() > 5000, 'responses are coloured'
