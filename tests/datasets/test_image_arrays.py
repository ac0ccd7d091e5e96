import os
import pickle

import numpy as np
import pytest

from ltplug.datasets import ImageArrayDataset, class_counts

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)
LABELS = np.array([0, 2, 2, 1, 0, 2])


class Attack:
    """Something that runs a command when it is unpickled."""

    def __init__(self, function, *arguments):
        self.reduced = function, arguments

    def __reduce__(self):
        return self.reduced


def write(path, content, protocol=4):
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return str(path)


def content(**more):
    return {'data': IMAGES, 'extrapolated_targets': LABELS, **more}


@pytest.mark.parametrize('protocol', [2, 3, 4, 5])
def test_a_pickle_of_any_protocol_is_read(tmp_path, protocol):
    path = write(tmp_path / 'pool.pickle', content(), protocol)
    dataset = ImageArrayDataset(path)
    assert class_counts(dataset).tolist() == [2, 1, 3]
    np.testing.assert_array_equal([dataset.get_data_info(i)['img'] for i in range(6)], IMAGES)


def test_labels_may_be_a_list_and_images_in_fortran_order(tmp_path):
    path = write(tmp_path / 'pool.pickle', {
        'data': np.asfortranarray(IMAGES), 'extrapolated_targets': LABELS.tolist()})
    dataset = ImageArrayDataset(path)
    assert dataset.get_gt_labels().tolist() == LABELS.tolist()
    np.testing.assert_array_equal(dataset.get_data_info(3)['img'], IMAGES[3])


def test_npz_and_images_without_labels(tmp_path):
    np.savez(tmp_path / 'pool.npz', images=IMAGES)
    dataset = ImageArrayDataset('pool.npz', data_root=str(tmp_path), image_key='images',
                                label_key=None)
    assert len(dataset) == 6 and 'gt_label' not in dataset.get_data_info(0)


def marker_attacks(marker):
    command = f'touch {marker}'
    return {
        'os.system': Attack(os.system, command),
        'builtins.eval': Attack(eval, f'__import__("os").system({command!r})'),
        'builtins.getattr': Attack(getattr, np.ndarray, '__subclasses__'),
        'builtins.print': [1, {'deep': Attack(print, 'x')}],
    }


@pytest.mark.parametrize('asked', ['os.system', 'builtins.eval', 'builtins.getattr',
                                   'builtins.print'])
def test_a_hostile_pickle_is_refused_and_runs_nothing(tmp_path, asked):
    attack = marker_attacks(tmp_path / 'marker')[asked]
    path = write(tmp_path / 'pool.pickle', content(more=attack))
    name = 'posix.system' if asked == 'os.system' else asked
    with pytest.raises(ValueError, match=f'asks for {name}, .* not read: save the arrays'):
        ImageArrayDataset(path)
    assert not (tmp_path / 'marker').exists()


STATE_OF_A_FUNCTION = b'cnumpy.core.multiarray\n_reconstruct\n}X\x01\x00\x00\x00aK\x01sb.'
STATE_OF_A_CLASS = b'cnumpy\nndarray\n(N}X\x05\x00\x00\x00valueK\x01stb.'
OBJECT_DTYPE = b"cnumpy\ndtype\n(X\x02\x00\x00\x00O8I00\nI01\ntR."
SHORT_BUFFER = (b'cnumpy._core.numeric\n_frombuffer\n(C\x02abcnumpy\ndtype\n(X\x02\x00\x00\x00u1tR'
                b'(K\x64tX\x01\x00\x00\x00CtR.')


@pytest.mark.parametrize(('stream', 'sentence'), [
    (STATE_OF_A_FUNCTION, 'a state for an object of type function'),
    (STATE_OF_A_CLASS, 'a state for an object of type type'),
    (OBJECT_DTYPE, 'a numpy dtype that is not numeric'),
    (SHORT_BUFFER, 'a numpy array of unusual content'),
    (b'\x80\x04P0\n.', 'no pickled dict'),
    (b'garbage', 'no pickled dict'),
    (b'', 'no pickled dict'),
    (pickle.dumps([1]), 'type list instead of a dict'),
])
def test_streams_that_no_pickler_writes_are_refused(tmp_path, stream, sentence):
    (tmp_path / 'pool.pickle').write_bytes(stream)
    with pytest.raises(ValueError, match=sentence):
        ImageArrayDataset(str(tmp_path / 'pool.pickle'))


@pytest.mark.parametrize(('changed', 'sentence'), [
    ({'data': IMAGES[..., :1]}, r"'data' of .* must be images uint8 \[N, H, W, 3\]"),
    ({'data': IMAGES / 255}, 'got float64'),
    ({'extrapolated_targets': LABELS[:3]}, 'one integer for each of 6 images'),
    ({'extrapolated_targets': LABELS / 2}, 'one integer for each of 6 images'),
])
def test_other_arrays_are_told(tmp_path, changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        ImageArrayDataset(write(tmp_path / 'pool.pickle', content(**changed)))


def test_missing_things_are_told(tmp_path):
    with pytest.raises(FileNotFoundError, match='There is no file .*pool.pickle'):
        ImageArrayDataset(str(tmp_path / 'pool.pickle'))
    with pytest.raises(ValueError, match="has no 'labels', only data, extrapolated_targets"):
        ImageArrayDataset(write(tmp_path / 'pool.pickle', content()), label_key='labels')
