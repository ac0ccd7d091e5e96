import numpy as np
import pytest
import torch

from ltplug.ops import balanced_quarter_turns, rotate_quarter_turns


def test_rotated_batch_equals_the_reference(golden):
    arrays = golden('rebal_rotation')
    images, turns = (torch.from_numpy(arrays[name]) for name in ('in_x', 'rot_target'))
    np.testing.assert_array_equal(rotate_quarter_turns(images, turns), arrays['rot_out'])


@pytest.mark.parametrize('turns', range(4))
def test_turns_are_counter_clockwise(golden, turns):
    arrays = golden('rebal_rotation')
    images = torch.from_numpy(arrays['in_x'][:1])
    (rotated,) = rotate_quarter_turns(images, torch.tensor([turns]))
    np.testing.assert_array_equal(rotated, arrays[f'bf_rot90_k{turns}_of_x0'])


def test_angles_are_balanced_up_to_one(golden):
    expected = golden('rebal_rotation')['rot_target_b130_hist']
    counts = [np.bincount(balanced_quarter_turns(130)) for _ in range(50)]
    assert all(sorted(found) == sorted(expected) for found in counts)
    assert len({tuple(found) for found in counts}) > 1, 'other angles come once more'


def test_every_image_gets_every_angle():
    drawn = torch.stack([balanced_quarter_turns(6) for _ in range(400)])
    shares = torch.stack([(drawn == turns).float().mean(dim=0) for turns in range(4)])
    assert (shares - 0.25).abs().max() < 0.1


def test_a_generator_decides():
    first, second = (balanced_quarter_turns(40, generator=torch.Generator().manual_seed(seed))
                     for seed in (1, 1))
    assert first.equal(second)
    assert not first.equal(balanced_quarter_turns(40))


@pytest.mark.parametrize(('shape', 'turns', 'sentence'), [
    ((2, 3, 4, 5), 2, 'square images'), ((3, 4, 4), 3, 'square images'),
    ((2, 3, 4, 4), 3, 'each of 2 images'),
])
def test_mistakes_are_told(shape, turns, sentence):
    with pytest.raises(ValueError, match=sentence):
        rotate_quarter_turns(torch.zeros(shape), torch.zeros(turns, dtype=torch.long))
