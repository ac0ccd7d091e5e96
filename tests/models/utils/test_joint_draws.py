import pytest
import torch

from ltplug.models.utils import draw_jointly, normal_jointly
from tests.ranks import on_two_ranks

DRAWS = {'normal': normal_jointly,
         'rows': lambda images: draw_jointly(images, lambda number: torch.rand(number, 3))}


def draw(rank, name, sizes):
    torch.manual_seed(rank)  # only the main process's counts
    torch.rand(rank)
    return DRAWS[name](torch.zeros(sizes[rank], 3, 4, 4))


@pytest.mark.parametrize('sizes', [(3, 3), (5, 2)])
@pytest.mark.parametrize('name', DRAWS)
def test_images_have_the_same_draws_on_one_process_and_on_two(name, sizes):
    alone = draw(0, name, (sum(sizes), ))
    assert torch.cat(on_two_ranks(draw, name, sizes)).equal(alone)
    assert len(alone.flatten(1).unique(dim=0)) == sum(sizes)


def test_noise_is_normal_and_new_in_every_call():
    images = torch.zeros(64, 3, 8, 8, dtype=torch.float64)
    noise = normal_jointly(images)
    assert noise.dtype == torch.float64 and noise.shape == images.shape
    values = noise.flatten()
    assert abs(values.mean()) < 0.03 and abs(values.std() - 1) < 0.03
    assert abs(torch.corrcoef(noise.flatten(1)[:2])[0, 1]) < 0.3
    assert not normal_jointly(images).equal(noise)
    assert not images.any()
