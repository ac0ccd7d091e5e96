"""Running a case in this process, alone or as a rank."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.dist import get_world_size, is_distributed
from mmengine.hooks import Hook

from ltplug.apis.config import adapt_to_machine
from ltplug.apis.distributed import init_distributed
from ltplug.apis.runner import build_runner
from ltplug.models.methods import moco, supcon_moco
from ltplug.utils import unwrap_model

from .cases import Case, build


class Outcome(NamedTuple):
    """What a training has left.

    Attributes:
        state (dict): Of the model.
        start (dict): Before the first step.
        unused (set): Names of parameters that got no gradient in some step.
        sizes (list): Images of this rank in every step.
        trained (set): Names of the parameters that learn.
        searches_unused (bool): Whether the config says that some get no gradient.
    """

    state: dict[str, torch.Tensor]
    start: dict[str, torch.Tensor]
    unused: set[str]
    sizes: list[int]
    trained: set[str]
    searches_unused: bool


class _Watch(Hook):
    """Remembers how a training starts and which parameters it leaves out."""

    priority = 'VERY_LOW'

    def __init__(self, shares: 'Shares | None') -> None:
        self.shares = shares
        self.start: dict[str, torch.Tensor] = {}
        self.unused: set[str] = set()
        self.sizes: list[int] = []

    def before_train(self, runner) -> None:
        model = unwrap_model(runner.model)
        self.start = {name: value.clone() for name, value in model.state_dict().items()}
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.register_post_accumulate_grad_hook(self._note)

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        self._seen: set[torch.Tensor] = set()
        self.sizes.append(len(data_batch['data_samples']))
        if self.shares is not None:
            self.shares.set_batch(self.sizes[-1])

    def _note(self, parameter: torch.Tensor) -> None:
        self._seen.add(parameter)

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.unused.update(
            name for name, parameter in unwrap_model(runner.model).named_parameters()
            if parameter.requires_grad and parameter not in self._seen)


@contextmanager
def smooth_activations() -> Iterator[None]:
    """Replace ReLU by SiLU: at its kink, single roundings would be magnified step by step."""
    relu = F.relu
    F.relu = lambda x, inplace=False: F.silu(x)
    try:
        yield
    finally:
        F.relu = relu


class Shares:
    """Batch norm of one process that normalises the share of every rank apart, as DDP does.

    Running statistics are the average over the shares, which ranks have after an epoch. The views
    of a batch are taken to follow each other, or those of an image where ``by_image``.

    Args:
        number (int): Of ranks.
        by_image (bool): Whether the rows of an image follow each other. Defaults to False.
        halves (bool): Whether ranks have shares of both halves of a batch. Defaults to False.
    """

    def __init__(self, number: int, by_image: bool = False, halves: bool = False) -> None:
        self.number, self.by_image, self.halves = number, by_image, halves
        self.owners = torch.zeros(0)
        self._normalize = F.batch_norm

    def set_batch(self, size: int) -> None:
        """Take the number of images of the next batch."""
        parts = 2 if self.halves else 1
        owners = [np.full(len(share), rank) for _ in range(parts)
                  for rank, share in enumerate(np.array_split(range(size // parts), self.number))]
        self.owners = torch.from_numpy(np.concatenate(owners))

    def __call__(self, x, mean, var, weight=None, bias=None, training=False, momentum=0.1,
                 eps=1e-5) -> torch.Tensor:
        """Do what ``torch.nn.functional.batch_norm`` does, share by share."""
        if not training:
            return self._normalize(x, mean, var, weight, bias, False, momentum, eps)
        rows = len(x) // len(self.owners)
        owners = self.owners.repeat_interleave(rows) if self.by_image else self.owners.repeat(rows)
        statistics = [(mean, var) if mean is None else (mean.clone(), var.clone())
                      for _ in range(self.number)]
        parts = [self._normalize(x[owners == rank], *statistics[rank], weight, bias, True,
                                 momentum, eps) for rank in range(self.number)]
        if mean is not None:
            for buffer, each in zip((mean, var), zip(*statistics, strict=True), strict=True):
                buffer.copy_(torch.stack(each).mean(dim=0))
        return torch.cat(parts)[owners.argsort(stable=True).argsort()]

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let all batch norms normalise by shares."""
        F.batch_norm = self
        try:
            yield
        finally:
            F.batch_norm = self._normalize


def run(cfg: Config, shares: Shares | None = None) -> Outcome:
    """Train a config, as a rank where there is a process group."""
    adapt_to_machine(cfg)
    init_distributed(cfg, 'pytorch' if is_distributed() else 'none')
    runner = build_runner(cfg)
    watch = _Watch(shares)
    runner.register_hook(watch)
    with smooth_activations(), shares.used() if shares else nullcontext():
        runner.train()
    model = unwrap_model(runner.model)
    return Outcome(
        {name: value.clone() for name, value in model.state_dict().items()}, watch.start,
        watch.unused, watch.sizes,
        {name for name, parameter in model.named_parameters() if parameter.requires_grad},
        cfg.get('find_unused_parameters', False))


def run_case(rank: int, case: Case, work_dir: str | Path) -> Outcome:
    """Train a case with group norm, as a rank where there is a process group."""
    return run(build(case, work_dir, get_world_size()))


def run_with_batch_norm(rank: int, case: Case, work_dir: str | Path) -> Outcome:
    """Train a case with batch norm, as a rank or as both in one process.

    Which images are normalised together with which when keys are made is a matter of chance; here
    every rank encodes its own.
    """
    shares = None if is_distributed() else Shares(
        2, by_image='jigsaw' in case.config, halves='cbs-rrs' in case.config)
    with unshuffled():
        return run(build(case, work_dir, get_world_size(), norm=None), shares)


@contextmanager
def unshuffled() -> Iterator[None]:
    """Let every rank encode its own keys."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (moco, supcon_moco):
            patch.setattr(module, 'encode_shuffled', lambda encode, images: encode(images))
        yield
