import pytest
import torch
import torch.nn.functional as F

from ltplug.models import LabelAwareSmoothingLoss, ReweightedCrossEntropyLoss
from ltplug.ops.label_smoothing import SHAPES
from tests.models.losses.comparing import assert_equal, value_and_grad


@pytest.mark.parametrize('shape', SHAPES)
def test_value_and_gradient_equal_the_reference(reference, shape):
    loss = LabelAwareSmoothingLoss(0.3, 0.0, shape, class_counts=reference['in_counts'].tolist())
    found = value_and_grad(loss, reference['in_logits'], reference['in_target'])
    assert_equal(found[0], reference[f'las_{shape}'], found[1], reference[f'las_{shape}_grad'])


def test_the_form_of_the_papers_text(reference):
    loss = LabelAwareSmoothingLoss(0.3, 0.0, spread='others',
                                   class_counts=reference['in_counts'].tolist())
    value = loss(reference['in_logits'], reference['in_target'])
    assert_equal(value, reference['bf_las_concave_papertext'], rtol=1e-6)


def test_equal_smoothing_is_that_of_torch():
    logits, labels = torch.randn(6, 3), torch.tensor([0, 1, 2, 2, 1, 0])
    loss = LabelAwareSmoothingLoss(0.2, 0.2, class_counts=[50, 20, 5])
    expected = F.cross_entropy(logits, labels, label_smoothing=0.2)
    torch.testing.assert_close(loss(logits, labels), expected)


def test_class_weights_are_those_of_the_label():
    logits, labels = torch.randn(3, 3), torch.tensor([0, 1, 2])
    weighted = LabelAwareSmoothingLoss(class_counts=[50, 20, 5], scheme='inverse')
    plain = LabelAwareSmoothingLoss(class_counts=[50, 20, 5])
    ratio = (weighted(logits, labels, reduction_override='none')
             / plain(logits, labels, reduction_override='none'))
    weights = 1 / torch.tensor([50., 20., 5.])
    torch.testing.assert_close(ratio, weights / weights.mean())


def test_no_smoothing_is_cross_entropy():
    logits, labels = torch.randn(6, 3), torch.tensor([0, 1, 2, 2, 1, 0])
    loss = LabelAwareSmoothingLoss(0.0, scheme='effective', class_counts=[50, 20, 5])
    expected = ReweightedCrossEntropyLoss(class_counts=[50, 20, 5])(logits, labels)
    torch.testing.assert_close(loss(logits, labels), expected)


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(smooth_head=0.1, smooth_tail=0.2), 'got head 0.1 and tail 0.2'),
    (dict(shape='log'), "got 'log'"),
    (dict(spread='self'), "got 'self'"),
    (dict(power=-1), 'got -1'),
])
def test_mistakes_are_told_before_counts_are_known(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        LabelAwareSmoothingLoss(**kwargs)


def test_counts_are_needed():
    with pytest.raises(RuntimeError, match='LabelAwareSmoothingLoss needs the class counts'):
        LabelAwareSmoothingLoss()(torch.zeros(1, 2), torch.tensor([0]))
