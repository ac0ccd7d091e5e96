import os
import struct
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import _safe_torch_load, load_checkpoint
from torch.serialization import get_safe_globals, safe_globals

from ltplug.engine.checkpoint_io import (
    CheckpointUnreadableError,
    UntrustedCheckpointError,
    load_checkpoint_file,
    secure_loading,
)

# A small assembler for pickles that no pickler would write.
NONE, DICT, REDUCE, BUILD = b'N', b'}', b'R', b'b'


def name(module, attribute):
    return f'c{module}\n{attribute}\n'.encode()


def text(value):
    return b'X' + struct.pack('<I', len(value)) + value.encode()


def number(value):
    return b'J' + struct.pack('<i', value)


def tuple_of(*items):
    return b'(' + b''.join(items) + b't'


def dict_of(**items):
    return DICT + b''.join(text(key) + value + b's' for key, value in items.items())


def call(function, *args):
    return function + tuple_of(*args) + REDUCE


def encoded(value):
    return call(name('_codecs', 'encode'), text(value), text('latin1'))


GETATTR = name('builtins', 'getattr')
HISTORY = name('mmengine.logging.history_buffer', 'HistoryBuffer')
REBUILD = name('torch._tensor', '_rebuild_from_type_v2')
NDARRAY, MULTIARRAY = name('numpy', 'ndarray'), 'numpy._core.multiarray'
EMPTY = call(name(MULTIARRAY, '_reconstruct'), NDARRAY, tuple_of(number(0)), encoded('b'))
EVAL = call(GETATTR, call(GETATTR, GETATTR, text('__self__')), text('eval'))
NEW = tuple_of() + b'\x81'


def dtype(code, order='<', flags=0):
    state = (number(3), text(order), NONE, NONE, NONE, number(-1), number(-1), number(flags))
    return call(name('numpy', 'dtype'), text(code), b'\x89', b'\x88') + tuple_of(*state) + BUILD


def array(code, raw, *shape, **kwargs):
    sizes = tuple_of(*map(number, shape))
    state = tuple_of(number(1), sizes, dtype(code, **kwargs), b'\x89', encoded(raw))
    return EMPTY + state + BUILD


def history(**changes):
    state = {'max_length': number(9), '_log_history': array('f8', '\0' * 16, 2),
                 '_count_history': array('f8', '\0' * 16, 2), 'statistics_methods': DICT}
    return HISTORY + NEW + dict_of(**{**state, **changes}) + BUILD


def eval_payload(marker):
    code = f'(open({str(marker)!r}, "w"), __import__("torch").zeros(1))[1]'
    return call(REBUILD, EVAL, name('torch', 'Tensor'), tuple_of(text(code)), DICT)


def write_pickle(path, value):
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('archive/data.pkl', b'\x80\x02' + dict_of(state_dict=value) + b'.')
        archive.writestr('archive/version', '3\n')
    return path


def write_torch(path, **content):
    torch.save(content, path)
    return path


class System:
    def __init__(self, marker):
        self.command = f'touch {marker}'

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.fixture
def marker(tmp_path):
    return tmp_path / 'code-has-run'


def refused(path, marker, asked):
    with pytest.raises(UntrustedCheckpointError) as error:
        load_checkpoint_file(path)
    message = str(error.value)
    assert str(path) in message and asked in message and '--trust-checkpoint' in message
    assert '\n' not in message and not marker.exists()
    with secure_loading(), pytest.raises(UntrustedCheckpointError):
        load_checkpoint(torch.nn.Linear(1, 1), str(path))
    assert not marker.exists()


@pytest.mark.parametrize('zipped', [True, False])
def test_reduce_runs_nothing(tmp_path, marker, zipped):
    path = tmp_path / 'evil.pth'
    torch.save({'state_dict': System(marker)}, path, _use_new_zipfile_serialization=zipped)
    refused(path, marker, 'system')
    _safe_torch_load(path)
    assert marker.exists()  # mmengine's fall-back ran it


def test_getattr_chain_runs_nothing(tmp_path, marker, monkeypatch):
    path = write_pickle(tmp_path / 'evil.pth', eval_payload(marker))
    refused(path, marker, '__self__')
    with safe_globals([getattr, HistoryBuffer]):  # left there by somebody else
        refused(path, marker, '__self__')
        assert {getattr, HistoryBuffer} <= set(get_safe_globals())
    assert getattr not in get_safe_globals()
    # mmengine's allow-list lets it run, weights-only: the fall-back is not reached.
    monkeypatch.setattr('mmengine.runner.checkpoint.print_log', pytest.fail)
    _safe_torch_load(path)
    assert marker.exists()


def test_history_buffer_takes_no_methods(tmp_path, marker, monkeypatch):
    monkeypatch.setattr(HistoryBuffer, '_statistics_methods', {})
    path = write_pickle(tmp_path / 'evil.pth', history(statistics_methods=dict_of(mean=EVAL)))
    refused(path, marker, 'getattr')
    _safe_torch_load(path)
    assert HistoryBuffer._statistics_methods['mean'] is eval  # with mmengine, for the process


INJECTED = call(REBUILD, name('torch', 'Size'), name('torch', 'Size'), tuple_of(), DICT)
RAW = '\x10' * 8


@pytest.mark.parametrize('payload', [
    call(GETATTR, HISTORY, text('__init__')),
    call(GETATTR, NDARRAY, text('mean')),
    call(GETATTR, HISTORY, number(1)),
    call(HISTORY, b']', b']', number(1)),
    HISTORY + NEW,
    HISTORY + NEW + dict_of(update=text('x')) + BUILD,
    history(extra=number(1)),
    history(max_length=text('9')),
    history(_log_history=array('f8', '\0' * 16, 1, 2)),
    history(_log_history=EMPTY),
    history(_log_history=array('c16', '\0' * 16, 1)),
    array('O8', RAW, 1),
    array('V8', RAW, 1),
    array('f8', RAW, 1, flags=1),
    array('f8', RAW, 2),
    array('f8', RAW, -1, -1),
    EMPTY,
    call(name(MULTIARRAY, '_reconstruct'), HISTORY, tuple_of(), encoded('b')),
    call(name(MULTIARRAY, 'scalar'), call(name('numpy', 'dtype'), text('O')), DICT),
    call(NDARRAY, tuple_of(number(1)), text('O')),
    name('numpy', 'load'), GETATTR, NDARRAY, HISTORY, name('torch._utils', '_rebuild_tensor_v2'),
    name('collections', 'OrderedDict') + tuple_of() + REDUCE + dict_of(get=GETATTR) + BUILD,
    name('collections', 'OrderedDict') + tuple_of() + REDUCE + dict_of(get=NONE) + BUILD,
    dict_of(x=DICT + EMPTY + NONE + b's'),
])
def test_hand_made_pickles(tmp_path, payload):
    path = write_pickle(tmp_path / 'evil.pth', payload)
    with pytest.raises((UntrustedCheckpointError, CheckpointUnreadableError)) as error:
        load_checkpoint_file(path)
    assert '\n' not in str(error.value)


def test_hand_made_pickles_would_load_if_they_were_good(tmp_path):
    value = dict_of(h=history(), a=array('f4', RAW, 2, order='>'), t=INJECTED)
    loaded = load_checkpoint_file(write_pickle(tmp_path / 'good.pth', value))['state_dict']
    assert type(loaded['h']) is HistoryBuffer and loaded['h'].max_length == 9
    assert loaded['a'].dtype == np.dtype('>f4') and loaded['t'] == torch.Size()


def test_tensor_attributes_are_dropped(tmp_path):
    tensor = torch.nn.Parameter(torch.ones(2))
    tensor.note = 'x'
    loaded = load_checkpoint_file(write_torch(tmp_path / 'a.pth', t=tensor))['t']
    assert torch.equal(loaded, tensor) and vars(loaded) == {}


def test_numpy_and_containers(tmp_path):
    codes = list('?bBhHiIlLefdgFDG')
    values = {
        'arrays': [np.arange(6).astype(code).reshape(2, 3) for code in codes],
        'scalars': tuple(np.dtype(code).type(1) for code in codes),
        'fortran': np.asfortranarray(np.eye(3)[:, :2]),
        'zero': np.zeros(()), 'none': np.zeros((0, 2)),
        'misc': [{1, 2}, b'x', slice(1, None), np.dtype('int32'), 2 + 1j, torch.float16, (1, [2])],
        'ordered': OrderedDict(b=1, a=(None, True))}
    path = write_torch(tmp_path / 'a.pth', **values)
    loaded = load_checkpoint_file(path)
    for old, new in zip(values['arrays'], loaded['arrays'], strict=True):
        assert new.dtype == old.dtype and np.array_equal(new, old) and type(new) is np.ndarray
    assert loaded['scalars'] == values['scalars']
    assert list(map(type, loaded['scalars'])) == list(map(type, values['scalars']))
    assert loaded['fortran'].flags.f_contiguous and loaded['fortran'].flags.writeable
    assert loaded['zero'].shape == () and loaded['none'].shape == (0, 2)
    assert loaded['misc'] == values['misc'] and loaded['ordered'] == values['ordered']
    # numpy 1 has its functions in another place.
    content = path.read_bytes()
    assert b'numpy._core' in content or b'numpy.core' in content
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / 'b.pth', 'w') as new:
        for item in old.namelist():
            new.writestr(item, old.read(item).replace(b'numpy._core', b'numpy.core'))
    assert load_checkpoint_file(tmp_path / 'b.pth')['scalars'] == values['scalars']


def test_history_buffer_round_trip(tmp_path):
    first = HistoryBuffer([1., 2.], [1, 1], 3)
    for load in (load_checkpoint_file, load_checkpoint_file, _safe_torch_load):
        first.update(4., 2)
        loaded = load(write_torch(tmp_path / 'a.pth', h=first))['h']
        assert type(loaded) is HistoryBuffer and loaded.max_length == 3
        assert all(map(np.array_equal, loaded.data, first.data))
        assert [loaded.statistics(s) for s in ('min', 'max', 'current', 'mean')] == \
            [first.min(), first.max(), first.current(), first.mean()]
        first = loaded
