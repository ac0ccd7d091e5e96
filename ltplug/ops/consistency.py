"""Consistency of predictions, which needs no labels: virtual adversarial training, mean teacher."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F


def prediction_divergence(logits: torch.Tensor, target_logits: torch.Tensor) -> torch.Tensor:
    r"""Return :math:`KL(p_{target} || p)` of every sample.

    The distance of virtual adversarial training: Miyato et al., "Virtual Adversarial Training",
    2018, eq. 5.

    Args:
        logits (Tensor): [N, C]; carries the gradient.
        target_logits (Tensor): [N, C]; taken as constant.

    Returns:
        Tensor: float32 [N], at least 0.
    """
    target = F.log_softmax(target_logits.detach().float(), dim=1)
    return F.kl_div(F.log_softmax(logits.float(), dim=1), target, reduction='none',
                    log_target=True).sum(dim=1)


def prediction_distance(logits: torch.Tensor, target_logits: torch.Tensor) -> torch.Tensor:
    """Return the squared difference of class probabilities of every sample, meaned over classes.

    The consistency cost of Tarvainen and Valpola, "Mean teachers are better role models", 2017.

    Args:
        logits (Tensor): [N, C]; carries the gradient.
        target_logits (Tensor): [N, C]; taken as constant.

    Returns:
        Tensor: float32 [N].
    """
    target = target_logits.detach().float().softmax(dim=1)
    return (logits.float().softmax(dim=1) - target).square().mean(dim=1)


def adversarial_perturbation(classify: Callable[[torch.Tensor], torch.Tensor],
                             inputs: torch.Tensor,
                             logits: torch.Tensor,
                             epsilon: float,
                             xi: float = 0.01,
                             num_iterations: int = 1,
                             start: torch.Tensor | None = None) -> torch.Tensor:
    r"""Return the small change of every image that changes its prediction most.

    Miyato et al., "Virtual Adversarial Training", 2018, eq. 9-12 and Algorithm 1: from a random
    direction d, power iterations :math:`d \leftarrow \overline{\nabla_r KL(p(x) || p(x + r))}` at
    :math:`r = \xi d`, then :math:`r_{adv} = \epsilon d`. Under autocast too the direction is found
    in float32, with logits of x computed anew: half precision rounds a step of :math:`\xi` away.

    Args:
        classify (Callable): Logits [N, C] of images; must have a gradient by them.
        inputs (Tensor): The images x, [N, ...].
        logits (Tensor): Logits of x, [N, C]; taken as constant.
        epsilon (float): Length of every perturbation in the L2 norm.
        xi (float): Length of the step at which the gradient is taken. Defaults to 0.01: the
            paper's 1e-6 is below what float32 resolves on normalised images, and on a ResNet-20
            gives a perturbation that changes predictions less.
        num_iterations (int): Power iterations. Defaults to 1.
        start (Tensor, optional): The random directions, like inputs. Defaults to normal draws.

    Returns:
        Tensor: The perturbations, like inputs, without gradient; where a prediction does not
        depend on the image at all, 0.
    """
    direction = _unit(torch.randn_like(inputs) if start is None else start)
    inputs = inputs.detach()
    is_mixed = torch.is_autocast_enabled(inputs.device.type)
    with torch.autocast(inputs.device.type, enabled=False):
        if is_mixed:
            with torch.no_grad():
                logits = classify(inputs)
        for _ in range(num_iterations):
            step = (xi * direction).requires_grad_()
            with torch.enable_grad():
                divergence = prediction_divergence(classify(inputs + step), logits).sum()
                (gradient, ) = torch.autograd.grad(divergence, step)
            direction = _unit(gradient)
    return epsilon * direction


def _unit(directions: torch.Tensor) -> torch.Tensor:
    # The largest entry first: squares of small gradients would underflow.
    flat = directions.detach().flatten(1)
    tiny = torch.finfo(flat.dtype).tiny
    flat = flat / flat.abs().amax(dim=1, keepdim=True).clamp(min=tiny)
    return F.normalize(flat, dim=1).view_as(directions)


def ramp_up(progress: float) -> float:
    r"""Return how much of a term counts early in training: :math:`\exp(-5 (1 - t)^2)`, then 1.

    Laine and Aila, "Temporal Ensembling for Semi-Supervised Learning", 2017.

    Args:
        progress (float): Part t of the ramp that has passed, at least 0.

    Returns:
        float: From 0.007 at 0 to 1 at 1, and 1 from then on.
    """
    return math.exp(-5 * (1 - min(progress, 1.0))**2)
