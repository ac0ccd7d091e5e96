import pytest
import torch
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample

from ltplug.models import LogitAdjustedLinearClsHead
from ltplug.ops import posthoc_logit_adjustment

COUNTS = [90, 9, 1]


def test_only_predictions_are_adjusted():
    plain = LinearClsHead(3, 4)
    head = LogitAdjustedLinearClsHead(3, 4, tau=1.5)
    head.load_state_dict(plain.state_dict())
    head.set_class_counts(COUNTS)
    features = (torch.randn(5, 4), )
    samples = [DataSample().set_gt_label(n % 3) for n in range(5)]
    torch.testing.assert_close(head(features), plain(features))
    torch.testing.assert_close(head.loss(features, samples), plain.loss(features, samples))
    found = torch.stack([sample.pred_score for sample in head.predict(features, samples)])
    adjusted = posthoc_logit_adjustment(plain(features), COUNTS, 1.5)
    torch.testing.assert_close(found, adjusted.softmax(dim=1))
    assert [int(sample.pred_label) for sample in samples] == adjusted.argmax(dim=1).tolist()


def test_half_precision_logits_are_adjusted_in_float32():
    head = LogitAdjustedLinearClsHead(3, 4, class_counts=COUNTS).bfloat16()
    head.fc.bias.data.zero_()
    sample, = head.predict((torch.zeros(1, 4, dtype=torch.bfloat16), ))
    expected = torch.tensor([1 / 90, 1 / 9, 1.0])
    torch.testing.assert_close(sample.pred_score, expected / expected.sum())


def test_counts_of_the_constructor_win():
    head = LogitAdjustedLinearClsHead(3, 4, class_counts=COUNTS)
    head.set_class_counts([1, 9, 90])
    assert head.class_counts == COUNTS


@pytest.mark.parametrize('loss', ['LogitAdjustedLoss', 'BalancedSoftmaxLoss'])
def test_adjusting_in_training_and_at_test_is_refused(loss):
    with pytest.raises(ValueError, match=f'its loss {loss} in training, which corrects twice'):
        LogitAdjustedLinearClsHead(3, 4, loss=dict(type=f'ltplug.{loss}'))


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='tau must be .* got -2'):
        LogitAdjustedLinearClsHead(3, 4, tau=-2)
    with pytest.raises(ValueError, match=r'Classes \[2\] have no training image'):
        LogitAdjustedLinearClsHead(3, 4).set_class_counts([9, 1, 0])
    with pytest.raises(ValueError, match='2 classes but logits have 3'):
        LogitAdjustedLinearClsHead(3, 4, class_counts=[9, 1])
    with pytest.raises(RuntimeError, match='LogitAdjustedLinearClsHead needs the class counts'):
        LogitAdjustedLinearClsHead(3, 4).predict((torch.zeros(1, 4), ))
