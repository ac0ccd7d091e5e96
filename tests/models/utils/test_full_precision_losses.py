import torch
from mmpretrain.registry import MODELS
from torch import nn

from ltplug.models.utils import keep_losses_in_full_precision


class Head(nn.Module):
    """What mmpretrain's heads look like."""

    def __init__(self, loss):
        super().__init__()
        self.loss_module = MODELS.build(loss)


def under_autocast(head, *args, **kwargs):
    with torch.autocast('cpu', dtype=torch.bfloat16):
        return head.loss_module(*args, **kwargs)


def test_stock_losses_compute_in_float32():
    torch.manual_seed(0)
    scores = torch.randn(8, 5).bfloat16().requires_grad_()
    mixed_labels = torch.rand(8, 5)
    for loss, target in ((dict(type='CrossEntropyLoss', use_soft=True), mixed_labels),
                         (dict(type='CosineSimilarityLoss'), mixed_labels.bfloat16())):
        head = Head(loss)
        expected = head.loss_module(scores.float(), target.float())
        rounded = under_autocast(head, scores, target)
        assert not torch.equal(rounded.float(), expected)
        keep_losses_in_full_precision(head)
        found = under_autocast(head, scores, target)
        assert found.dtype is torch.float32 and found.equal(expected)
        found.backward()
        assert scores.grad.dtype is torch.bfloat16 and scores.grad.any()


def test_products_inside_a_loss_are_not_rounded():
    head = Head(dict(type='CrossEntropyLoss'))
    head.loss_module = nn.Linear(16, 1)
    x = torch.randn(4, 16)
    expected = head.loss_module(x)
    keep_losses_in_full_precision(head)
    assert under_autocast(head, x).equal(expected)
    assert isinstance(head.loss_module, nn.Linear)
    assert repr(head.loss_module) == 'Linear(in_features=16, out_features=1, bias=True)'


def test_twice_is_once_and_other_arguments_stay():
    head = Head(dict(type='CrossEntropyLoss'))
    keep_losses_in_full_precision(head)
    kind = type(head.loss_module)
    keep_losses_in_full_precision(head)
    assert type(head.loss_module) is kind
    labels = torch.tensor([1, 0])
    loss = under_autocast(head, torch.zeros(2, 2).bfloat16(), label=labels, avg_factor=4)
    torch.testing.assert_close(loss, torch.tensor(0.5).log().neg() / 2)


def test_losses_of_ltplug_are_left_alone():
    head = Head(dict(type='ltplug.BalancedSoftmaxLoss', class_counts=[2, 1]))
    kind = type(head.loss_module)
    keep_losses_in_full_precision(head)
    assert type(head.loss_module) is kind
