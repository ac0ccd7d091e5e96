import hashlib

import pytest

from ltplug.datasets import download as module
from ltplug.datasets.download import DownloadError, download, file_md5, on_first_process

from .file_server import serve

CONTENT = bytes(range(256)) * 5000
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def server():
    with serve() as server:
        server.files['a.bin'] = CONTENT
        yield server


def test_a_file_is_fetched_once(server, tmp_path):
    path = download(server.url + 'a.bin', tmp_path / 'new' / 'a.bin', MD5)
    assert path.read_bytes() == CONTENT and file_md5(path) == MD5
    download(server.url + 'a.bin', path, MD5)
    assert len(server.requests) == 1
    assert [file.name for file in path.parent.iterdir()] == ['a.bin']


def test_an_answer_that_breaks_off_is_continued(server, tmp_path):
    server.limit = 400_000
    path = download(server.url + 'a.bin', tmp_path / 'a.bin', MD5)
    assert path.read_bytes() == CONTENT
    assert server.requests == [None, 'bytes=400000-', 'bytes=800000-', 'bytes=1200000-']


def test_a_later_run_continues(server, tmp_path):
    server.limit = 100_000
    with pytest.raises(DownloadError, match='broke off after 500,000 of 1,280,000 bytes.*put it'):
        download(server.url + 'a.bin', tmp_path / 'a.bin', MD5)
    assert not (tmp_path / 'a.bin').exists()
    server.limit = None
    download(server.url + 'a.bin', tmp_path / 'a.bin', MD5)
    assert server.requests[-1] == 'bytes=500000-'


def test_a_server_without_ranges_gives_all_of_it_again(server, tmp_path):
    (tmp_path / 'a.bin.part').write_bytes(b'old')
    server.ranges = False
    assert download(server.url + 'a.bin', tmp_path / 'a.bin', MD5).read_bytes() == CONTENT


def test_a_complete_part_needs_only_its_name(server, tmp_path):
    (tmp_path / 'a.bin.part').write_bytes(CONTENT)
    assert download(server.url + 'a.bin', tmp_path / 'a.bin', MD5).read_bytes() == CONTENT


def test_without_a_sum_old_parts_are_not_trusted(server, tmp_path):
    (tmp_path / 'a.bin.part').write_bytes(b'of another version')
    assert download(server.url + 'a.bin', tmp_path / 'a.bin').read_bytes() == CONTENT
    assert server.requests == [None]


def test_a_wrong_sum_leaves_nothing_behind(server, tmp_path):
    with pytest.raises(DownloadError, match=r'a.bin gave is damaged or another file.*start again'):
        download(server.url + 'a.bin', tmp_path / 'a.bin', '0' * 32)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / 'a.bin').write_bytes(b'mine')
    with pytest.raises(DownloadError, match='a.bin is damaged or another file.*delete it'):
        download(server.url + 'a.bin', tmp_path / 'a.bin', MD5)
    assert (tmp_path / 'a.bin').read_bytes() == b'mine'


@pytest.mark.parametrize(('name', 'sentence'), [
    ('b.bin', r'b.bin cannot be downloaded \(Not Found\).*put it at .*b.bin'),
    (None, r'cannot be downloaded \(.*refused'),
])
def test_failures_say_where_to_put_the_file(server, tmp_path, name, sentence):
    url = server.url + name if name else 'http://127.0.0.1:9/c.bin'
    with pytest.raises(DownloadError, match=sentence):
        download(url, tmp_path / 'b.bin', MD5)


@pytest.mark.parametrize(('rank', 'local_rank', 'works'),
                         [(0, 0, True), (1, 1, False), (4, 0, True), (5, 1, False)])
@pytest.mark.parametrize('fails', [False, True])
def test_one_process_of_each_machine_works_and_nobody_is_left_waiting(
        monkeypatch, rank, local_rank, works, fails):
    events = []

    def work():
        events.append('work')
        if fails:
            raise DownloadError('broken')

    monkeypatch.setattr(module, 'get_rank', lambda: rank)
    monkeypatch.setattr(module, 'barrier', lambda: events.append('barrier'))
    monkeypatch.setenv('LOCAL_RANK', str(local_rank))
    if works and fails:
        with pytest.raises(DownloadError, match='broken'):
            on_first_process(work)
    else:
        on_first_process(work)
    expected = ['barrier', 'barrier']
    if works:
        expected.insert(0 if rank == 0 else 1, 'work')
    assert events == expected
