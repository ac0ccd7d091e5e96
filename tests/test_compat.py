import pytest

from ltplug import compat

FULL = {'torch': '2.15.0', 'torchvision': '0.29.2', 'numpy': '2.4.6', 'onedl-mmengine': '0.10.12',
        'onedl-mmcv': '2.3.6', 'onedl-mmpretrain': '1.3.6'}


@pytest.fixture
def install(monkeypatch):
    def install(**changes):
        found = {**FULL, **{key.replace('_', '-'): value for key, value in changes.items()}}
        monkeypatch.setattr(compat, 'installed_version', found.get)

    return install


def test_the_tried_stack_has_no_problem(install):
    install()
    assert compat.find_problems() == ([], [])


def test_every_problem_gets_a_sentence(install):
    install(torch=None, numpy='1.20.0', onedl_mmcv=None)
    errors, limits = compat.find_problems()
    assert len(errors) == 3 and not limits
    assert any('torch is not installed: run "pip install torch"' in line for line in errors)
    assert any('numpy 1.20.0 is too old' in line for line in errors)
    assert any('mmcv is not installed: run "pip install onedl-mmcv"' in line for line in errors)
    with pytest.raises(ImportError, match='ltplug cannot be used here'):
        compat.check_versions()


def test_the_originals_work_with_limits(install):
    install(onedl_mmengine=None, mmengine='0.10.7')
    errors, limits = compat.find_problems()
    assert not errors
    assert 'mmengine 0.10.7 is no longer maintained' in limits[0] and 'resuming' in limits[0]
    with pytest.warns(UserWarning, match='no longer maintained'):
        compat.check_versions()


def test_both_distributions_of_one_module(install):
    install(mmcv='2.2.0')
    _, limits = compat.find_problems()
    assert 'onedl-mmcv and mmcv overwrite each other' in limits[0]
    install(onedl_mmpretrain='1.0.0')
    errors, _ = compat.find_problems()
    assert 'onedl-mmpretrain 1.0.0 is too old' in errors[0]
