import pytest
import torch

from ltplug.models.utils import encode_shuffled
from tests.ranks import on_two_ranks


def encode(rank, sizes):
    torch.manual_seed(rank)
    own = torch.arange(sum(sizes[:rank]), sum(sizes[:rank + 1])).float()[:, None]
    return own, encode_shuffled(lambda images: torch.cat([images, images * 0 + rank], 1), own)


@pytest.mark.parametrize('sizes', [(20, 20), (25, 11)])
def test_features_come_back_in_order_from_both_ranks(sizes):
    encoded_by = []
    for own, features in on_two_ranks(encode, sizes):
        assert features[:, :1].equal(own)
        assert set(features[:, 1].tolist()) == {0.0, 1.0}, 'both ranks encode images of each'
        encoded_by += features[:, 1].tolist()
    assert encoded_by.count(0) == sizes[0]


def test_one_process_encodes_as_it_is():
    images = torch.rand(5, 2)
    assert encode_shuffled(lambda each: each, images) is images
