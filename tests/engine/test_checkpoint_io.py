import hashlib
import http.server
import io
import os
import shutil
import threading
import uuid
import zipfile
from functools import partial

import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import CheckpointLoader, Runner
from torch.serialization import MAGIC_NUMBER, PROTOCOL_VERSION

from ltplug.engine.checkpoint_io import (
    CheckpointUnreadableError,
    UntrustedCheckpointError,
    find_resumable,
    load_checkpoint_file,
    secure_loading,
)
from ltplug.utils.files import TEMPORARY_SUFFIX, write_atomically


def write_torch(path, **content):
    torch.save(content, path)
    return path


class System:
    def __init__(self, marker):
        self.command = f'touch {marker}'

    def __reduce__(self):
        return os.system, (self.command,)


class Net(BaseModel):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))

    def forward(self, x, mode='loss'):
        return {'loss': self.layers(x).square().mean() + self.layers[0].weight.sum()}


def make_runner(work_dir, **kwargs):
    inputs = torch.randn(16, 3, generator=torch.Generator().manual_seed(1))
    loader = {
        'dataset': [{'x': x} for x in inputs], 'batch_size': 4,
        'sampler': {'type': 'DefaultSampler', 'shuffle': True},
        'collate_fn': {'type': 'default_collate'}}
    return Runner(
        Net(), str(work_dir), train_dataloader=loader, randomness={'seed': 3},
        train_cfg={'by_epoch': True, 'max_epochs': 2},
        optim_wrapper={'optimizer': {'type': 'SGD', 'lr': .1, 'momentum': .9}},
        param_scheduler=[{'type': 'CosineAnnealingLR', 'T_max': 8, 'by_epoch': False},
                         {'type': 'MultiStepLR', 'milestones': [1]}],
        default_hooks={'logger': {'type': 'LoggerHook', 'interval': 1}},
        custom_hooks=[{'type': 'EMAHook'}], default_scope='mmengine', log_level='ERROR',
        experiment_name=uuid.uuid4().hex, **kwargs)


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp('run')
    make_runner(folder).train()
    return folder


@pytest.fixture
def marker(tmp_path):
    return tmp_path / 'code-has-run'


@pytest.mark.parametrize('content', [b'', b'hello', b'PK\x03\x04', b'\x80\x02}q\x00.'])
def test_damaged_files(tmp_path, content):
    path = tmp_path / 'a.pth'
    path.write_bytes(content)
    with pytest.raises(CheckpointUnreadableError, match=r'a\.pth cannot be read') as error:
        load_checkpoint_file(path)
    assert '\n' not in str(error.value)


def test_other_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no checkpoint .*absent\.pth'):
        load_checkpoint_file(tmp_path / 'absent.pth')
    (tmp_path / 'page.md').write_text('# no checkpoint')
    with pytest.raises(CheckpointUnreadableError, match='page.md is no checkpoint: it is no file'):
        load_checkpoint_file(tmp_path / 'page.md')
    torch.save([1], tmp_path / 'list.pth')
    with pytest.raises(CheckpointUnreadableError, match='holds a list'):
        load_checkpoint_file(tmp_path / 'list.pth')
    scripted = torch.jit.trace(torch.nn.Linear(1, 1), torch.zeros(1, 1))
    scripted.save(str(tmp_path / 'script.pth'))
    shutil.make_archive(str(tmp_path / 'legacy'), 'tar', tmp_path, 'list.pth')
    for file, asked in (('script.pth', 'TorchScript'), ('legacy.tar', 'tar')):
        with pytest.raises(UntrustedCheckpointError, match=asked):
            load_checkpoint_file(tmp_path / file)
    with zipfile.ZipFile(write_torch(tmp_path / 'a.pth', a=1)) as archive:
        pickled = archive.read('a/data.pkl')
    buffer = io.BytesIO()
    for part in (MAGIC_NUMBER, PROTOCOL_VERSION, {}):
        torch.serialization.pickle.dump(part, buffer, 2)
    (tmp_path / 'old.pth').write_bytes(buffer.getvalue() + pickled + b'\x80\x02].')
    assert load_checkpoint_file(tmp_path / 'old.pth') == {'a': 1}


def test_resume_is_bit_identical(run, tmp_path):
    with secure_loading():
        make_runner(tmp_path, load_from=str(run / 'epoch_1.pth'), resume=True).train()
    assert not (tmp_path / 'epoch_1.pth').exists()  # else it began again
    straight, resumed = (load_checkpoint_file(d / 'epoch_2.pth') for d in (run, tmp_path))
    for part in ('state_dict', 'ema_state_dict'):
        assert straight[part].keys() == resumed[part].keys()
        assert all(torch.equal(v, resumed[part][k]) for k, v in straight[part].items())
    for key, state in straight['optimizer']['state'].items():
        other = resumed['optimizer']['state'][key]
        assert torch.equal(state['momentum_buffer'], other['momentum_buffer'])
    assert straight['param_schedulers'] == resumed['param_schedulers']
    losses = [part['message_hub']['log_scalars']['train/loss'] for part in (straight, resumed)]
    assert np.array_equal(losses[0].data[0], losses[1].data[0]) and len(losses[0].data[0]) == 8


@pytest.mark.parametrize('mode', ['ours', 'trust', 'mmengine'])
def test_config_text_is_not_executed(run, tmp_path, marker, mode):
    checkpoint = load_checkpoint_file(run / 'epoch_1.pth')
    checkpoint['meta']['config'] = f'x = open({str(marker)!r}, "w").close()'
    path = str(write_torch(tmp_path / 'evil.pth', **checkpoint))
    runner = make_runner(tmp_path, load_from=path, resume=True)
    if mode == 'mmengine':
        runner.train()
    elif mode == 'trust':
        with secure_loading(trust=True):
            runner.train()
    else:
        with secure_loading(), pytest.raises(UntrustedCheckpointError, match='no plain assignment'):
            runner.train()
        assert not marker.exists()
        return
    assert runner.epoch == 2 and not (tmp_path / 'epoch_1.pth').exists()
    assert marker.exists() == (mode == 'mmengine')


@pytest.mark.parametrize(('text', 'plain'), [
    ("model = dict(type='ResNet', depth=-1)\nlr = 0.1", True),
    ('', True),
    ('import os', False),
    ('x = open("a")', False),
    ('x = dict(a=(1).__class__)', False),
    ('x = [y for y in ()]', False),
    ('x = f"{1}"', False),
    ('def f(): pass', False),
    ('x = (', False),
    (b'import os', False),
])
def test_a_config_text_is_dropped_if_plain_and_refused_if_it_is_code(tmp_path, text, plain):
    path = write_torch(tmp_path / 'a.pth', state_dict={}, meta=dict(config=text, epoch=1))
    if plain:
        assert load_checkpoint_file(path)['meta'] == dict(epoch=1)
    else:
        with pytest.raises(UntrustedCheckpointError, match='--trust-checkpoint'):
            load_checkpoint_file(path)


def test_a_meta_that_is_no_dictionary(tmp_path):
    path = write_torch(tmp_path / 'a.pth', state_dict={}, meta=[1])
    with pytest.raises(CheckpointUnreadableError, match='has a list as meta'):
        load_checkpoint_file(path)


def test_schemes(tmp_path, marker):
    theirs = dict(CheckpointLoader._schemes)
    with secure_loading():
        for url in ('torchvision://resnet18', 'open-mmlab://x', 'modelzoo://x', 'mmcls://x',
                    'pavi://x', 's3://a/b', 'petrel:s3://a/b', 'ftp://a/b', 'file:///a'):
            with pytest.raises(UntrustedCheckpointError, match='--trust-checkpoint'):
                CheckpointLoader.load_checkpoint(url)
    assert CheckpointLoader._schemes == theirs
    with pytest.raises(ZeroDivisionError), secure_loading():
        raise ZeroDivisionError
    assert CheckpointLoader._schemes == theirs
    path = str(write_torch(tmp_path / 'evil.pth', a=System(marker)))
    with secure_loading(trust=True):
        assert list(CheckpointLoader._schemes) == list(theirs)
        CheckpointLoader.load_checkpoint(path)
    assert marker.exists() and CheckpointLoader._schemes == theirs


def test_http(tmp_path, monkeypatch, marker):
    site, hub = tmp_path / 'site', tmp_path / 'hub'
    site.mkdir()
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(hub))
    write_torch(site / 'a.pth', a=1)
    digest = hashlib.sha256((site / 'a.pth').read_bytes()).hexdigest()[:8]
    for copy in (f'a-{digest}.pth', 'a-abcdef12.pth', 'a-20210831.pth'):
        shutil.copy(site / 'a.pth', site / copy)
    torch.save(System(marker), site / 'evil.pth')
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(site))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server, secure_loading():
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f'http://127.0.0.1:{server.server_port}/'
        for file in (f'a-{digest}.pth', 'a-20210831.pth'):
            assert CheckpointLoader.load_checkpoint(url + file) == {'a': 1}
        for file, reason in (('a-abcdef12.pth', 'invalid hash'), ('absent.pth', '404')):
            with pytest.raises(CheckpointUnreadableError, match=reason):
                CheckpointLoader.load_checkpoint(url + file)
        with pytest.raises(UntrustedCheckpointError):
            CheckpointLoader.load_checkpoint(url + 'evil.pth')
        server.shutdown()
        assert CheckpointLoader.load_checkpoint(url + 'a-20210831.pth') == {'a': 1}
    assert not marker.exists() and not (hub / 'checkpoints/a-abcdef12.pth').exists()


def test_write_atomically(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    write_atomically(path, lambda file: file.write(b'old'))
    assert path.read_bytes() == b'old'
    (tmp_path / 'plain').touch()
    assert path.stat().st_mode == (tmp_path / 'plain').stat().st_mode

    def fail(file):
        file.write(b'new')
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, fail)
    assert path.read_bytes() == b'old' and len(list(tmp_path.iterdir())) == 2


def test_find_resumable(tmp_path, monkeypatch, marker):
    skipped = []
    monkeypatch.setattr('ltplug.engine.checkpoint_io.print_log', lambda m, **_: skipped.append(m))
    assert find_resumable(tmp_path / 'absent') is None and find_resumable(tmp_path) is None
    for file in ('epoch_9.pth', 'epoch_10.pth', 'iter_900.pth', 'custom.pth', 'best_1.pth'):
        write_torch(tmp_path / file, a=1)
    write_torch(tmp_path / f'epoch_12.pth.0{TEMPORARY_SUFFIX}', a=1)
    (tmp_path / 'epoch_11.pth').write_bytes((tmp_path / 'epoch_10.pth').read_bytes()[:-200])
    torch.save(System(marker), tmp_path / 'epoch_12.pth')
    assert find_resumable(tmp_path) == str(tmp_path / 'epoch_10.pth')
    assert len(skipped) == 2 and 'epoch_12.pth' in skipped[0] and 'epoch_11.pth' in skipped[1]
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/iter_800.pth')
    assert find_resumable(tmp_path) == str(tmp_path / 'iter_900.pth')
    for file in tmp_path.glob('*_*.pth'):
        file.unlink()
    assert find_resumable(tmp_path) is None
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/custom.pth\n')
    assert find_resumable(tmp_path) == str(tmp_path / 'custom.pth')
    assert not marker.exists()


def test_trust_holds_inside_and_for_the_search(tmp_path, marker):
    write_torch(tmp_path / 'epoch_1.pth', state_dict={}, more=System(marker))
    with secure_loading(trust=True):
        with secure_loading():
            assert find_resumable(tmp_path) == str(tmp_path / 'epoch_1.pth')
        assert marker.exists()
        marker.unlink()
    with secure_loading():
        assert find_resumable(tmp_path) is None
    assert not marker.exists()
