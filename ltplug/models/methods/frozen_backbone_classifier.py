"""A classifier of which only a part is trained."""

from collections.abc import Sequence
from typing import Any

import torch
from mmpretrain.models import ImageClassifier
from torch import nn

from ltplug.models.utils import FeatureDataPreprocessor
from ltplug.registry import MODELS

NORM_MODES = ('eval', 'train')


@MODELS.register_module()
class FrozenBackboneClassifier(ImageClassifier):
    """mmpretrain's ``ImageClassifier`` with frozen parts: linear probes, cRT, LWS.

    Its checkpoints have the keys of an ``ImageClassifier``. Batches hold images [N, 3, H, W] or
    ready features [N, D] (the neck's output, see :class:`ltplug.datasets.FeatureDataset`), for
    which backbone and neck are skipped.

    Args:
        frozen (Sequence[str]): Paths of the modules that are not trained, such as 'backbone',
            'backbone.layer1' or 'head.fc'; a classifier without neck may name it all the same.
            Defaults to ('backbone', 'neck').
        norm_mode (str): Mode of the frozen parts while the rest is trained. 'eval': batch norm
            uses its running statistics and keeps them, as the papers have it. 'train': it uses
            and updates batch statistics, as the released codes of Decoupling, TSC and SBCL do.
            Defaults to 'eval'.
        data_preprocessor (dict or nn.Module, optional): As in mmpretrain, but of type
            ``ltplug.FeatureDataPreprocessor`` where none is named.
        **kwargs: Arguments of mmpretrain's ``ImageClassifier``.

    Raises:
        ValueError: If a module is not there, everything is frozen, or the mode is unknown.

    Example:
        Over a config that trains the whole model::

            model = dict(type='ltplug.FrozenBackboneClassifier')
    """

    def __init__(self,
                 frozen: Sequence[str] = ('backbone', 'neck'),
                 norm_mode: str = 'eval',
                 data_preprocessor: dict | nn.Module | None = None,
                 **kwargs) -> None:
        if norm_mode not in NORM_MODES:
            raise ValueError(f'norm_mode must be one of {", ".join(NORM_MODES)}, got '
                             f'{norm_mode!r}.')
        if not isinstance(data_preprocessor, nn.Module):
            data_preprocessor = {'type': FeatureDataPreprocessor, **(data_preprocessor or {})}
        super().__init__(data_preprocessor=data_preprocessor, **kwargs)
        self.frozen = tuple(frozen)
        self.norm_mode = norm_mode
        for module in self._frozen_modules():
            module.requires_grad_(False)  # now: DDP and the optimizer look at it only once
        if not any(parameter.requires_grad for parameter in self.parameters()):
            raise ValueError(f'frozen={list(self.frozen)} leaves nothing to train: take a path '
                             'out.')

    def _frozen_modules(self) -> list[nn.Module]:
        modules = []
        for path in self.frozen:
            if path == 'neck' and not self.with_neck:
                continue
            try:
                modules.append(self.get_submodule(path))
            except AttributeError:
                raise ValueError(f'frozen names {path!r}, which the classifier does not have: '
                                 'give paths such as "backbone", "backbone.layer1" or '
                                 '"head.fc".') from None
        return modules

    @property
    def has_frozen_features(self) -> bool:
        """bool: Whether nothing in backbone and neck is trained."""
        parts = [part for part in (self.backbone, self.neck) if part is not None]
        return not any(parameter.requires_grad for part in parts
                       for parameter in part.parameters())

    def train(self, mode: bool = True) -> 'FrozenBackboneClassifier':
        """Set the mode; frozen parts stay in evaluation mode unless ``norm_mode='train'``.

        Args:
            mode (bool): Whether to train. Defaults to True.

        Returns:
            FrozenBackboneClassifier: The model itself.
        """
        super().train(mode)
        if self.norm_mode == 'eval':
            for module in self._frozen_modules():
                module.eval()
        return self

    def extract_feat(self, inputs: torch.Tensor, stage: str = 'neck') -> Any:
        """Extract features, without gradient where backbone and neck are frozen.

        Args:
            inputs (Tensor): Images [N, 3, H, W] or features [N, D].
            stage (str): 'backbone', 'neck' or 'pre_logits', as in mmpretrain.
                Defaults to 'neck'.

        Returns:
            tuple[Tensor] | Tensor: As mmpretrain's; features come back as they are.

        Raises:
            ValueError: If features are given and the backbone's maps are asked for.
        """
        if inputs.ndim == 2:
            if stage == 'backbone':
                raise ValueError('The batch holds ready features, which have no maps of the '
                                 "backbone: give images, or ask for stage='neck'.")
            features = (inputs, )
        else:
            before_head = 'backbone' if stage == 'backbone' else 'neck'
            with torch.set_grad_enabled(torch.is_grad_enabled() and not self.has_frozen_features):
                features = super().extract_feat(inputs, before_head)
        return self.head.pre_logits(features) if stage == 'pre_logits' else features
