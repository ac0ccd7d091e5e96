"""Whether the tensors of a checkpoint fit a model, and which of them go where."""

from collections.abc import Mapping

import torch

Shapes = Mapping[str, torch.Size]


def select_parts(state: Mapping[str, torch.Tensor], parts: Mapping[str, str]
                 ) -> dict[str, torch.Tensor]:
    """Keep the tensors of some modules and rename them.

    Args:
        state (Mapping[str, Tensor]): Tensors of a checkpoint by name.
        parts (Mapping[str, str]): Name of the module in the model by its name in the checkpoint,
            such as ``{'encoder_q.0': 'backbone'}``. '' stands for the whole.

    Returns:
        dict[str, Tensor]: The kept tensors under their new names.

    Raises:
        RuntimeError: If the checkpoint has no such module.
    """
    selected = {}
    for source, target in parts.items():
        start = source.rstrip('.') + '.' if source else ''
        found = {key.removeprefix(start): value for key, value in state.items()
                 if key.startswith(start)}
        if not found:
            modules = sorted({key.partition('.')[0] for key in state})
            raise RuntimeError(f'The checkpoint has no tensors of {source!r}, it has '
                               f'{", ".join(modules)}: correct the parts of load_from.')
        begin = target.rstrip('.') + '.' if target else ''
        selected.update({begin + key: value for key, value in found.items()})
    return selected


def check_fit(expected: Shapes, found: Shapes, min_fraction: float,
              parts: Mapping[str, str] | None = None) -> list[str]:
    """Compare the tensors that a model has with those that it is to be given.

    Args:
        expected (Mapping[str, torch.Size]): Shapes of the model's tensors.
        found (Mapping[str, torch.Size]): Shapes of the given ones, under the model's names.
        min_fraction (float): Share of the model's tensors that must be given.
        parts (Mapping[str, str], optional): What :func:`select_parts` has selected: these modules
            of the model must be given whole, whatever share they are.

    Returns:
        list[str]: Names of the tensors that keep their initial values.

    Raises:
        RuntimeError: If too few fit.
    """
    missing = [key for key, shape in expected.items() if found.get(key) != shape]
    if parts is None:
        needed, names = min_fraction, 'the model'
        lacking, total = missing, len(expected)
    else:
        targets = tuple(f'{part.rstrip(".")}.' if part else '' for part in parts.values())
        inside = [key for key in expected if key.startswith(targets)]
        lacking, total = [key for key in missing if key in inside], len(inside)
        needed, names = 1.0, ' and '.join(part or 'the model' for part in parts.values())
        if not inside:
            raise RuntimeError(f'The model has no {names}, into which the parts of load_from are '
                               'to go: correct them.')
    if 1 - len(lacking) / max(total, 1) < needed:
        key = lacking[0]
        shape = list(found[key]) if key in found else 'absent'
        raise RuntimeError(
            f'The checkpoint fits {total - len(lacking)} of the {total} tensors of {names} ({key} '
            f'is {shape} instead of {list(expected[key])}): it comes from another architecture; '
            'use the config it was trained with.')
    return missing
