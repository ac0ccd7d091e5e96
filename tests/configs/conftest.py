"""Fixtures for tests that run configs."""

import gc

import pytest
from mmpretrain.datasets import CIFAR10, CIFAR100
from yapf.yapflib import yapf_api

from ltplug.datasets import SVHN

from .fake_data import write_cifar, write_listed, write_svhn, write_tiny_images


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Make a folder in which the paths of the configs lead to small data sets."""
    folder = tmp_path_factory.mktemp('generated')
    with pytest.MonkeyPatch.context() as patch:
        for dataset, root in ((CIFAR10, 'data/cifar10'), (CIFAR100, 'data/cifar100')):
            for attribute, value in write_cifar(dataset, folder / root).items():
                patch.setattr(dataset, attribute, value)
        patch.setattr(SVHN, 'MD5', {**SVHN.MD5, **write_svhn(folder / 'data/svhn')})
        write_listed(folder)
        write_tiny_images(folder / 'data/tiny_images/ti_500K_pseudo_labeled.pickle')
        yield folder


@pytest.fixture(scope='module')
def less_to_wait_for():
    """Spare most of the fixed cost of a run, which is far from what is tested.

    mmengine formats the text of a config eleven times per run, and every dataset collects all
    garbage of the session.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yapf_api, 'FormatCode', lambda text, **kwargs: (text, True))
        patch.setattr(gc, 'collect', lambda *args: 0)
        yield
