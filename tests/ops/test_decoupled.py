import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ltplug.ops import decoupled_targets, distillation_terms, soft_target_cross_entropy


def sets(num_positives, num_negatives):
    """One anchor whose first candidate is its own key, followed by its positives."""
    size = 1 + num_positives + num_negatives
    own = torch.zeros(1, size, dtype=torch.bool)
    positives = own.clone()
    own[0, 0] = True
    positives[0, 1:1 + num_positives] = True
    return own, positives


def optimum(targets, steps=400, bound=1 / 0.07):
    """Minimise over free logits, as far as unit vectors allow them to go."""
    free = torch.zeros_like(targets, requires_grad=True)
    optimizer = torch.optim.LBFGS([free], lr=1, max_iter=steps, tolerance_grad=1e-14,
                                  tolerance_change=1e-16, line_search_fn='strong_wolfe')

    def closure():
        optimizer.zero_grad()
        loss = soft_target_cross_entropy(bound * free.tanh(), targets).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return (bound * free.detach().tanh()).softmax(dim=1)[0]


def test_the_share_of_the_own_key_is_what_it_has_in_the_optimum(golden):
    for alpha, number, own_p, one_p, rest_p in golden('dscl_property')['opt_table']:
        number = int(number)
        targets = decoupled_targets(*sets(number, 40), None if alpha < 0 else float(alpha),
                                    dtype=torch.float64)
        p = optimum(targets)
        assert p[0].item() == pytest.approx(own_p, abs=1e-5), (alpha, number)
        assert p[1:1 + number].mean().item() == pytest.approx(one_p, abs=1e-5)
        assert p[1 + number:].sum().item() == pytest.approx(rest_p, abs=1e-5)
        assert own_p == pytest.approx(1 / (number + 1) if alpha < 0 else alpha, abs=1e-5)


def test_without_others_of_the_class_only_the_own_key_attracts(golden):
    cosine, own_p = golden('dscl_property')['opt_infonce_empty']
    p = optimum(decoupled_targets(*sets(0, 40), 0.1, dtype=torch.float64))
    assert p[0].item() == pytest.approx(own_p, abs=1e-5) and cosine == 1
    # by its letters eq. 8 lets the own key go: closed form of the golden numbers
    cosine, own_p, negative = golden('dscl_property')['opt_literal_empty']
    assert own_p == pytest.approx(0.1, abs=1e-6) and negative == pytest.approx(-1, abs=1e-6)
    assert cosine == pytest.approx(-1 + 0.07 * math.log(0.1 * 40 / 0.9), abs=1e-3)
    own, positives = sets(0, 40)
    cosines = torch.where(own, cosine, -1.0).double().requires_grad_()
    logits = cosines / 0.07
    targets = decoupled_targets(own, positives, 0.1, 'literal', torch.float64)
    loss = soft_target_cross_entropy(logits, targets) + 0.9 * logits.logsumexp(dim=1)
    (grad, ) = torch.autograd.grad(loss.sum(), cosines)
    assert abs(grad[0, 0]) < 1e-3 / 0.07 and (grad[0, 1:] > 0).all()


@settings(deadline=None, max_examples=50)
@given(alpha=st.one_of(st.none(), st.floats(0, 1)), number=st.integers(0, 5),
       negatives=st.integers(0, 3))
def test_rows_are_distributions(alpha, number, negatives):
    own, positives = sets(number, negatives)
    targets = decoupled_targets(own, positives, alpha)
    assert targets.sum().item() == pytest.approx(1, abs=1e-6) and (targets >= 0).all()
    assert (targets[~own & ~positives] == 0).all()
    share = 1 / (number + 1) if alpha is None else alpha
    assert targets[0, 0].item() == pytest.approx(share if number else 1, abs=1e-6)
    if number == 0 and alpha is not None:
        for policy, expected in (('skip', 0), ('outside', alpha), ('literal', alpha)):
            total = decoupled_targets(own, positives, alpha, policy).sum().item()
            assert total == pytest.approx(expected, abs=1e-6)


def test_cross_entropy_equals_torch():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(3, 5, generator=generator)
    targets = torch.rand(3, 5, generator=generator).softmax(dim=1)
    expected = torch.nn.functional.cross_entropy(logits, targets, reduction='none')
    torch.testing.assert_close(soft_target_cross_entropy(logits, targets), expected)


def test_the_floor_of_distillation_is_the_entropy_of_the_teacher():
    logits = torch.randn(4, 2, 9, generator=torch.Generator().manual_seed(0))
    cross_entropy, entropy = distillation_terms(logits, logits + 3)
    torch.testing.assert_close(cross_entropy, entropy)
    torch.testing.assert_close(entropy, torch.distributions.Categorical(logits=logits).entropy())
    further, same = distillation_terms(logits, logits.flip(2))
    assert (further > same).all() and same.equal(entropy)
