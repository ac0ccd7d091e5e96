import pytest
import torch
import torch.nn.functional as F

from ltplug.models import ClassBalancedSigmoidFocalLoss, ReweightedFocalLoss
from ltplug.ops import focal_factor
from tests.models.losses.comparing import assert_equal, value_and_grad

GAMMAS = pytest.mark.parametrize('gamma', [0.0, 0.5, 1.0, 2.0])
PHASES = pytest.mark.parametrize(('phase', 'scheme'), [('plain', 'none'), ('drw', 'effective')])


@GAMMAS
@PHASES
@pytest.mark.parametrize(('normalizer', 'suffix'), [('weights', 'divW'), ('batch', 'divB')])
def test_weights_outside_the_probability(reference, gamma, phase, scheme, normalizer, suffix):
    loss = ReweightedFocalLoss(gamma, scheme, normalizer=normalizer,
                               class_counts=reference['in_counts'].tolist())
    value = loss(reference['in_logits'], reference['in_target'], avg_factor=24)
    assert_equal(value, reference[f'bf_focal_softmax_{phase}_g{gamma}_{suffix}'], rtol=1e-6)


@GAMMAS
@PHASES
def test_weights_inside_the_probability(reference, gamma, phase, scheme):
    loss = ReweightedFocalLoss(gamma, scheme, weight_inside_pt=True, normalizer='batch',
                               class_counts=reference['in_counts'].tolist())
    found = value_and_grad(loss, reference['in_logits'], reference['in_target'], avg_factor=24)
    name = f'focal_ldamrepo_{phase}_g{gamma}'
    assert_equal(found[0], reference[name], found[1], reference[f'{name}_grad'])


@pytest.mark.parametrize('gamma', [0.5, 1.0, 2.0])
@pytest.mark.parametrize('beta', [0.9999, 0.999, 0.99])
def test_sigmoid_focal_equals_the_reference(reference, gamma, beta):
    loss = ClassBalancedSigmoidFocalLoss(gamma, beta=beta,
                                         class_counts=reference['in_counts'].tolist())
    found = value_and_grad(loss, reference['in_logits'], reference['in_target'], avg_factor=24)
    name = f'cb_sigmoidfocal_b{beta}_g{gamma}'
    assert_equal(found[0], reference[name], found[1], reference[f'{name}_grad'])


def test_sigmoid_focal_without_exponent_is_binary_cross_entropy():
    logits, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 3, 3])
    loss = ClassBalancedSigmoidFocalLoss(0.0, scheme='none')
    expected = F.binary_cross_entropy_with_logits(logits, F.one_hot(labels, 4).float())
    torch.testing.assert_close(loss(logits, labels), 4 * expected)


@pytest.mark.parametrize('gamma', [0.0, 0.5, 1.0, 3.0])
def test_the_factor_of_certain_samples_has_a_finite_gradient(gamma):
    log_prob = torch.tensor([0.0, -1e-30, -1e-8, -1.0, -1e4], requires_grad=True)
    factor = focal_factor(log_prob, gamma)
    (factor * log_prob).sum().backward()
    assert log_prob.grad.isfinite().all()
    torch.testing.assert_close(factor[3:], (1 - log_prob[3:].exp())**gamma)
    assert factor[2].item() == pytest.approx(1e-8**gamma, rel=1e-5)


@pytest.mark.parametrize('type_', [ReweightedFocalLoss, ClassBalancedSigmoidFocalLoss])
@pytest.mark.parametrize('gamma', [-1, float('nan'), float('inf')])
def test_impossible_exponents_are_refused(type_, gamma):
    with pytest.raises(ValueError, match=f'gamma must be .* got {gamma}'):
        type_(gamma)


def test_repr_names_what_was_chosen():
    text = repr(ReweightedFocalLoss(2.0, 'sqrt', weight_inside_pt=True))
    assert 'weight_inside_pt=True, gamma=2.0, scheme=' in text and 'sqrt' in text
