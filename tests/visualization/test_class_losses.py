import cv2
import numpy as np

from ltplug.visualization import plot_class_losses


def test_every_class_has_a_panel(tmp_path):
    falling = np.linspace([3, 1], [0.5, 0.1], 40)
    gappy = np.where(np.arange(40)[:, None] % 2, falling, np.nan)
    sizes = []
    for panels in (1, 2):
        path = plot_class_losses({'A': falling[:, :panels], 'B': gappy[:, :panels]},
                                 ['tail', 'head'][:panels], tmp_path / 'new' / f'{panels}.png')
        image = cv2.imread(str(path)).astype(int)
        sizes.append(image.shape[1])
        for colour in ([0xB2, 0x72, 0x00], [0x00, 0x5E, 0xD5]):
            assert (np.abs(image - colour).sum(axis=2) < 20).sum() > 50
    assert sizes[1] == 2 * sizes[0]
