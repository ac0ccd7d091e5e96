"""Whether the tensors of a checkpoint fit a model, and which of them go where."""

from collections.abc import Iterator, Mapping

import torch
from mmengine.runner import CheckpointLoader
from torch import nn

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


def check_pretrained(model: nn.Module, min_fraction: float, are_remote: bool = False) -> None:
    """Refuse a model of which ``init_cfg=dict(type='Pretrained')`` fills too little.

    mmengine only logs what does not fit, and goes on with random weights.

    Args:
        model (nn.Module): A model.
        min_fraction (float): Share of the tensors of each such module that its file must fill.
        are_remote (bool): Whether to look at files that are fetched, instead of those on this
            machine. Defaults to False.

    Raises:
        RuntimeError: If too few fit.
    """
    for name, module, init_cfg in _pretrained(model):
        if ('://' in init_cfg['checkpoint']) != are_remote:
            continue
        where = f'model.{name}.init_cfg' if name else 'model.init_cfg'
        checkpoint = CheckpointLoader.load_checkpoint(init_cfg['checkpoint'], 'cpu')
        state = {key.removeprefix('module.'): value for key, value in
                 checkpoint.get('state_dict', checkpoint).items()}
        prefix = (init_cfg.get('prefix') or '').rstrip('.')
        found = {key.removeprefix(f'{prefix}.'): value for key, value in state.items()
                 if not prefix or key.startswith(f'{prefix}.')}
        if not found:
            modules = ', '.join(sorted({key.partition('.')[0] for key in state})[:8])
            raise RuntimeError(f'{where}: {init_cfg["checkpoint"]} has no tensors of {prefix!r}, '
                               f'it has {modules}: correct prefix.')
        expected, fitting = _fitting(module, found)
        if len(fitting) < min_fraction * len(expected):
            key = next(key for key in expected if key not in fitting)
            shape = list(found[key].shape) if key in found else 'absent'
            raise RuntimeError(
                f'{where}: {init_cfg["checkpoint"]} fits {len(fitting)} of {len(expected)} tensors '
                f'({key} is {shape} instead of {list(expected[key])}): take the checkpoint of such '
                'a network, or its module with prefix=NAME, or allow less by '
                'default_hooks.checkpoint_fit.min_fraction.')


def _pretrained(model: nn.Module) -> Iterator[tuple[str, nn.Module, Mapping]]:
    for name, module in model.named_modules():
        init_cfgs = getattr(module, 'init_cfg', None) or []
        for init_cfg in [init_cfgs] if isinstance(init_cfgs, Mapping) else init_cfgs:
            kind = init_cfg.get('type')
            if kind in ('Pretrained', 'mmengine.Pretrained') and init_cfg.get('checkpoint'):
                yield name, module, init_cfg


def _fitting(module: nn.Module, found: Mapping[str, torch.Tensor]) -> tuple[Shapes, set[str]]:
    """Return the shapes of a module's tensors, and the names of those that a state would fill.

    Counters of batches are left out, which older files lack; where a module changes what it loads
    (positions of a transformer are resized) names alone are compared.
    """
    changing = tuple(f'{name}.' if name else '' for name, part in module.named_modules()
                     if part._load_state_dict_pre_hooks)
    expected = {key: value.shape for key, value in module.state_dict().items()
                if not key.endswith('num_batches_tracked')}
    fitting = {key for key, shape in expected.items() if key in found and (
        found[key].shape == shape or key.startswith(changing))}
    return expected, fitting
