import pytest
import torch
from torch import nn

from ltplug.models.utils import MomentumTeacher


def student(weight, mean, count):
    norm = nn.BatchNorm1d(4).double()
    norm.running_mean.copy_(mean)
    norm.num_batches_tracked.fill_(count)
    linear = nn.Linear(4, 3, bias=False).double()
    linear.weight.data.copy_(weight)
    return nn.Sequential(norm, linear)


@pytest.mark.parametrize('decay', [0.0, 0.9, 0.99, 0.999, 1.0])
def test_every_step_equals_the_reference(golden, decay):
    arrays = {key: torch.tensor(value) for key, value in golden('fassl_ema').items()}
    teacher = MomentumTeacher(student(arrays['theta_t0'], arrays['bn_t0'], 0), decay)
    for step in range(3):
        count = int(arrays['num_batches_s'][step])
        teacher.follow(student(arrays['theta_s'][step], arrays['bn_s'][step], count))
        weight, norm = teacher.module[1].weight, teacher.module[0]
        torch.testing.assert_close(weight, arrays[f'theta_t_{decay}'][step])
        torch.testing.assert_close(norm.running_mean, arrays[f'bn_t_{decay}'][step])
        assert norm.num_batches_tracked == count
        if decay == 0.99:
            assert not torch.allclose(weight, arrays['wrong_first_call_copies_0.99'][step])
            assert not torch.allclose(weight[0], arrays['wrong_swapped_0.99'][step])
    if decay in (0.0, 1.0):
        exact = arrays['theta_s'][2] if decay == 0 else arrays['theta_t0']
        assert weight.equal(exact)


def test_it_starts_with_the_loaded_weights_and_has_no_gradient():
    net = nn.Linear(2, 2)
    teacher = MomentumTeacher(net)
    net.weight.data.fill_(3.0)
    assert not teacher.is_started
    teacher.start(net)
    assert teacher.is_started and teacher.module.weight.equal(net.weight)
    assert not teacher(torch.ones(1, 2, requires_grad=True)).requires_grad
    other = MomentumTeacher(nn.Linear(2, 2))
    other.load_state_dict(teacher.state_dict())
    assert other.is_started


@pytest.mark.parametrize('decay', [-0.1, 1.5])
def test_mistakes_are_told(decay):
    with pytest.raises(ValueError, match=f'got {decay}'):
        MomentumTeacher(nn.Linear(2, 2), decay)
