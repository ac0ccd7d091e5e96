"""Data samples, made and compared."""

import torch
from mmpretrain.structures import DataSample

from ltplug.structures import SampleList


def sample(label=3, **marks):
    return DataSample(metainfo=marks).set_gt_label(label)


def assert_equal(found, expected):
    """Assert that a list holds the same fields and marks as other samples."""
    assert type(found) is SampleList and len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert type(one) is DataSample
        assert dict(one.metainfo_items()) == dict(other.metainfo_items())
        assert set(one.keys()) == set(other.keys())  # in no order
        for key, value in other.items():
            assert torch.equal(one.get(key), value) and one.get(key).dtype == value.dtype
