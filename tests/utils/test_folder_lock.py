import multiprocessing

import pytest

from ltplug.utils.folder_lock import LOCK_FILE, folder_locked


def hold(folder, pipe):
    with folder_locked(folder):
        pipe.send('locked')
        pipe.recv()


def test_another_process_is_refused_until_the_first_ends(tmp_path):
    context = multiprocessing.get_context('fork')
    ours, theirs = context.Pipe()
    process = context.Process(target=hold, args=(tmp_path, theirs))
    process.start()
    assert ours.recv() == 'locked'
    with pytest.raises(RuntimeError, match=rf'Another run \(process {process.pid}\) writes into '
                                           f'{tmp_path}: wait until it ends, or choose another'), \
            folder_locked(tmp_path):
        pass
    process.kill()  # which leaves the file, and no lock
    process.join()
    assert (tmp_path / LOCK_FILE).is_file()
    with folder_locked(tmp_path):
        assert (tmp_path / LOCK_FILE).is_file()
    assert not list(tmp_path.iterdir())
