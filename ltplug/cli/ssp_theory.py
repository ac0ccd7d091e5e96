"""The command line of ``tools/analysis/ssp_theory.py``: three theorems, simulated."""

import argparse
from collections.abc import Mapping, Sequence

import numpy as np
from rich import box
from rich.table import Table

from .common import run_and_explain

MU, SIGMA, PRECISIONS, DELTA = (2.0, -1.0), 1.0, (0.95, 0.6), 0.25
BETA, SHARE_POSITIVE, NUM_NEGATIVE, CONFIDENCE = 4.0, 0.1, 1000, 0.9

Curves = dict[str, dict[str, np.ndarray]]


def ssp_theory_main(arguments: list[str] | None = None) -> None:
    """Run ``tools/analysis/ssp_theory.py``.

    Args:
        arguments (list[str], optional): Instead of ``sys.argv``.
    """
    parser = argparse.ArgumentParser(
        description='Simulate theorems 1 to 3 of "Rethinking the Value of Labels for Improving '
        'Class-Imbalanced Learning" (Yang and Xu 2020), print and draw them beside their bounds. '
        'Ends with an error where a bound does not hold.')
    parser.add_argument('--draws', type=int, default=2000,
                        help='simulations of each point; of theorem 3 a twentieth')
    parser.add_argument('--seed', type=int, default=0, help='of the simulations')
    parser.add_argument('--out', default='work_dirs/ssp_theory.png', help='picture to write')
    args = parser.parse_args(arguments)
    run_and_explain(lambda: _ssp_theory(args))


def _ssp_theory(args: argparse.Namespace) -> None:
    from ..visualization import plot_label_value

    if args.draws < 1:
        raise ValueError(f'--draws must be at least 1, got {args.draws}.')
    rng = np.random.default_rng(args.seed)
    pseudo_labels, raw = _pseudo_labels(args.draws, rng), _raw()
    pretrained = _pretrained(max(1, args.draws // 20), rng)
    _print(f'Theorem 1: estimates from pseudo-labels off by more than {DELTA:g}',
           ('samples', 'failures', 'bound'), pseudo_labels)
    _print('Theorem 2: linear classifiers of raw inputs, never below 1/4', ('least',), {
        name: {'least': curve['error'].min(keepdims=True)} for name, curve in raw.items()})
    _print('Theorem 3: after self-supervised learning; the bound holds for at least '
           f'{CONFIDENCE:.0%} of training sets', ('dim', 'error', 'within', 'bound'), pretrained)
    print(f'Picture: {plot_label_value(pseudo_labels, raw, pretrained, args.out)}')
    _check(pseudo_labels, raw, pretrained)


def _pseudo_labels(num_draws: int, rng: np.random.Generator) -> Curves:
    """Return failures and bounds of theorem 1, by how imbalanced the unlabelled data are."""
    from ..ops import (
        pseudo_label_centre,
        pseudo_label_failure_bound,
        simulate_pseudo_label_estimates,
    )

    totals = np.array([100, 300, 1000, 3000, 10_000, 30_000, 100_000])
    centre = pseudo_label_centre(*MU, PRECISIONS[0] - PRECISIONS[1])
    curves = {}
    for ratio in (1, 10, 100):
        failures, bounds = [], []
        for total in totals:
            negative = max(1, round(int(total) / (1 + ratio)))
            sizes = int(total) - negative, negative
            estimates = simulate_pseudo_label_estimates(
                *sizes, *MU, SIGMA, *PRECISIONS, num_draws, rng)
            failures.append(np.mean(np.abs(estimates - centre) > DELTA))
            bounds.append(pseudo_label_failure_bound(DELTA, *sizes, *MU, SIGMA))
        curves[f'imbalance {ratio}'] = {
            'samples': totals, 'failures': np.array(failures), 'bound': np.array(bounds)}
    return curves


def _raw() -> Curves:
    """Return errors of linear classifiers over their bias (theorem 2)."""
    from ..ops import linear_classifier_error

    bias = np.geomspace(0.01, 100, 400)
    return {f'p+ {share:g}, beta {beta:g}':
            {'bias': bias, 'error': linear_classifier_error(bias, share, beta)}
            for share, beta in ((0.1, 4), (0.5, 4), (0.5, 100), (0.5, 10_000))}


def _pretrained(num_draws: int, rng: np.random.Generator) -> Curves:
    """Return errors and bounds of theorem 3 over the dimension, by positive training images."""
    from ..ops import (
        pretrained_bound_confidence,
        pretrained_error_bound,
        simulate_pretrained_errors,
    )

    dims = np.array([10, 20, 50, 100, 200, 500])
    deltas = np.linspace(0, (BETA - 1) / (BETA + 1), 400)[1:-1]
    curves = {}
    for num_positive in (3, 10, 100):
        errors, bounds, within = [], [], []
        for dim in map(int, dims):
            drawn = simulate_pretrained_errors(dim, num_positive, NUM_NEGATIVE, SHARE_POSITIVE,
                                               BETA, num_draws, 1000, rng)
            sure = [delta for delta in deltas if pretrained_bound_confidence(
                delta, dim, num_positive, NUM_NEGATIVE) >= CONFIDENCE]
            # the bound grows with delta
            bound = pretrained_error_bound(sure[0], dim, SHARE_POSITIVE, BETA) if sure else np.nan
            errors.append(drawn.mean())
            bounds.append(bound)
            within.append(np.mean(drawn <= bound) if sure else np.nan)
        curves[f'{num_positive} positive'] = {
            'dim': dims, 'error': np.array(errors), 'within': np.array(within),
            'bound': np.array(bounds)}
    return curves


def _check(pseudo_labels: Curves, raw: Curves, pretrained: Curves) -> None:
    broken = [f'theorem 1, {name}' for name, curve in pseudo_labels.items()
              if (curve['failures'] > curve['bound']).any()]
    broken += [f'theorem 2, {name}' for name, curve in raw.items() if curve['error'].min() < 0.25]
    broken += [f'theorem 3, {name}' for name, curve in pretrained.items()
               if (curve['within'] < CONFIDENCE).any()]
    if broken:
        raise RuntimeError(f'The simulation is outside the bound of {"; ".join(broken)}: with few '
                           'draws this is chance, so raise --draws.')


def _print(title: str, keys: Sequence[str], curves: Mapping[str, Mapping]) -> None:
    from ..evaluation.tables import render

    table = Table('', box=box.SIMPLE_HEAD, title=title, title_justify='left')
    for key in keys:
        table.add_column(key.capitalize(), justify='right')
    for name, curve in curves.items():
        for values in zip(*(curve[key] for key in keys), strict=True):
            table.add_row(name, *map(_number, values))
    print(render(table) + '\n')


def _number(value: float) -> str:
    if np.isnan(value):
        return '-'
    return f'{value:,.0f}' if value >= 1000 else f'{value:.4g}'
