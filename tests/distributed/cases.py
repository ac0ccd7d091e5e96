"""Every method as a short training on a few digits, for runs in one and in several processes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.dist import get_rank

from ltplug.apis.config import load_config
from ltplug.datasets import PseudoLabels, dataset_fingerprint
from ltplug.registry import DATASETS

ROOT = Path(__file__).parent.parent.parent
GROUP_NORM = dict(type='GN', num_groups=4)


class Case(NamedTuple):
    """A config of the digits, and what makes it short or varies it.

    Attributes:
        config (str): Method and stage, as ``configs/<method>/<stage>_digits-lt.py`` has them.
        options (dict): As of ``--cfg-options``.
        rate (float): Learning rate.
        batch_size (int): Of all processes together.
        epochs (int): As many as make at least 20 steps.
    """

    config: str
    options: dict[str, Any] = {}
    rate: float = 0.05
    batch_size: int = 16
    epochs: int = 4


def _case(config: str, *, rate: float = 0.05, batch_size: int = 16, epochs: int = 4,
          **options: Any) -> Case:
    """Return a case; a dot in the name of an option is written as two underscores."""
    return Case(config, {key.replace('__', '.'): value for key, value in options.items()}, rate,
                batch_size, epochs)


def dicts_in(node: Any) -> Iterator[dict]:
    """Yield every dict of a config, outer ones first."""
    if isinstance(node, dict | Config):
        yield node
    children = node.values() if isinstance(node, dict | Config) else \
        node if isinstance(node, list | tuple) else ()
    for child in children:
        yield from dicts_in(child)


def build(case: Case, work_dir: str | Path, num_processes: int = 1,
          norm: dict | None = GROUP_NORM) -> Config:
    """Return the config of a short training.

    Args:
        case (Case): The method.
        work_dir (str or Path): Of the run.
        num_processes (int): Among which each batch is shared. Defaults to 1.
        norm (dict, optional): Instead of every batch norm. Defaults to group norm.

    Returns:
        Config: At least 20 steps; the last batch of an epoch is odd, where it is not dropped.
    """
    method, _, stage = case.config.partition('/')
    cfg = load_config(ROOT / f'configs/{method}/{stage}_digits-lt.py', case.options)
    cfg.merge_from_dict({
        'work_dir': str(work_dir), 'log_level': 'ERROR', 'param_scheduler': None,
        'train_dataloader.batch_size': case.batch_size // num_processes,
        'train_dataloader.num_workers': 0, 'train_cfg.max_epochs': case.epochs,
        'optim_wrapper.optimizer.lr': case.rate, 'default_hooks.checkpoint': None,
        'auto_scale_lr': None, 'model.backbone.depth': 8})
    for key in ('val_cfg', 'val_dataloader', 'val_evaluator'):
        cfg[key] = None
    for node in dicts_in(cfg.train_dataloader.dataset):
        if node.get('type') == 'ltplug.LongTailSubset':
            node.max_count, node.imbalance_ratio = 20, 12  # 73 images
        if node.get('type') == 'ltplug.StrengthRandAugment':
            node.levels = (20, 20)  # or strengths that differ by rounding turn whole grey levels
        if node.get('unlabeled', {}).get('type') == 'ltplug.Remainder':
            node.unlabeled = dict(type='ltplug.UnlabeledPool', dataset=node.unlabeled, size=30)
    cfg.default_hooks.checkpoint_fit.pop('parts', None)  # of a stage that is not run here
    write_pseudo_labels(cfg, Path(work_dir) / f'pseudo_labels_{get_rank()}.npz')
    if norm is not None:
        cfg.model.backbone.norm_cfg = norm
        for node in dicts_in(cfg.model):
            if str((node.get('norm_cfg') or {}).get('type')).startswith(('BN', 'ltplug.DualBN')):
                node.norm_cfg = norm
    return cfg


def write_pseudo_labels(cfg: Config, path: Path) -> None:
    """Write labels of the pool of a config, where it asks for some, to a file that it will read."""
    dataset = cfg.train_dataloader.dataset
    if 'pseudo_labels' not in dataset:
        return
    pool = DATASETS.build(dataset.unlabeled)
    path.parent.mkdir(parents=True, exist_ok=True)
    PseudoLabels(np.arange(len(pool)) % 10, np.ones(len(pool), dtype=np.float32), 10, (),
                 dataset_fingerprint(pool)).save(path)
    dataset.pseudo_labels = str(path)


R20 = '_cifar-resnet20_60e'
R20_LONG = '_cifar-resnet20_100e'
QUEUE = dict(model__queue_len=24, model__feat_dim=128, model__momentum=0.05)
CLUSTERING = dict(default_hooks__subclasses__warmup_epochs=1, default_hooks__subclasses__interval=1,
                  default_hooks__subclasses__min_cluster_size=3,
                  default_hooks__subclasses__num_workers=0)
TARGETS = dict(model__class_targets__warmup_epochs=1)

CASES = {
    # cross-entropy and its relatives: losses, samplers, schedules
    'ce': _case('ce/ce' + R20),
    'ce-drs': _case('ce/ce-drs' + R20, train_dataloader__sampler__begin_epoch=2),
    'ldam-drw': _case('ldam/ldam-drw' + R20, rate=0.02,
                      default_hooks__deferred_reweighting__begin_epoch=2),
    'weighted-ce': _case('reweighting/weighted-ce' + R20),
    'cb-ce': _case('reweighting/cb-ce' + R20),
    'focal': _case('focal/focal' + R20),
    'cb-focal': _case('focal/cb-focal' + R20),
    'balanced-softmax': _case('balanced_softmax/balanced-softmax' + R20),
    'logit-adjustment': _case('logit_adjustment/logit-adjustment' + R20),
    'logit-adjustment-posthoc': _case('logit_adjustment/logit-adjustment-posthoc' + R20),
    'label-aware-smoothing': _case(
        'ce/ce' + R20, model__head__loss__type='ltplug.LabelAwareSmoothingLoss'),
    'class-aware': _case('resampling/class-aware' + R20),
    'square-root': _case('resampling/square-root' + R20),
    'progressive': _case('resampling/progressive' + R20),
    # classifiers on frozen features
    'crt': _case('crt/crt_cifar-resnet20_10e'),
    'lws': _case('lws/lws_cifar-resnet20_10e'),
    'cosine-ldam-probe': _case('scl/cosine-ldam-probe' + R20_LONG, rate=0.02),
    # two branches
    'cbs-only': _case('cbs_rrs/cbs-only' + R20, epochs=5),
    'cbs-rrs': _case('cbs_rrs/cbs-rrs' + R20, batch_size=32, epochs=5),
    'cbs-rrs-all-classes': _case(
        'cbs_rrs/cbs-rrs' + R20, batch_size=32, epochs=5,
        train_dataloader__batch_sampler__num_samples_per_class=1),
    'cbs-rrs-ss': _case('cbs_rrs/cbs-rrs-ss' + R20, batch_size=32, epochs=5),
    'cbs-rrs-rotaug': _case('cbs_rrs/cbs-rrs-rotaug' + R20, batch_size=32, epochs=5),
    # supervised contrastive features
    'scl': _case('scl/scl' + R20_LONG, rate=0.02),
    'kcl': _case('kcl/kcl' + R20_LONG, rate=0.02, model__loss__k=2),
    'tsc': _case('tsc/tsc' + R20_LONG, **TARGETS),
    'tsc-dynamic-temperature': _case(
        'tsc/tsc' + R20_LONG, **TARGETS, model__dynamic_temperature=True, **{
            f'default_hooks__temperatures__{key}': value for key, value in dict(
                type='ltplug.ClassTemperatureHook', pipeline=[dict(type='PackInputs')],
                warmup_epochs=1, interval=1, num_workers=0).items()}),
    'sbcl': _case('sbcl/sbcl' + R20_LONG, rate=0.02, **CLUSTERING),
    'scl-queue': _case('scl/scl' + R20_LONG, model__type='ltplug.SupConMoCo', **QUEUE),
    'kcl-queue': _case('kcl/kcl' + R20_LONG, model__type='ltplug.SupConMoCo', **QUEUE),
    'tsc-queue': _case('tsc/tsc' + R20_LONG, model__type='ltplug.SupConMoCo', **QUEUE, **TARGETS),
    'sbcl-queue': _case('sbcl/sbcl' + R20_LONG, model__type='ltplug.SBCLMoCo', **QUEUE,
                        **CLUSTERING),
    'dscl-pbsd': _case('dscl/dscl-pbsd' + R20_LONG, model__queue_len=24),
    'dscl-multi-crop': _case('dscl/dscl-pbsd' + R20_LONG, model__queue_len=24,
                             model__patch_mode='multi_crop'),
    # features without labels
    'simclr': _case('simclr/simclr' + R20, rate=0.01),
    'sdclr': _case('sdclr/sdclr' + R20),
    'bcl': _case('bcl_i/bcl-i' + R20, rate=0.01),
    'byol': _case('byol/byol' + R20, epochs=5),
    'moco': _case('moco/moco' + R20, epochs=5, model__queue_len=32),
    'swav': _case('swav/swav' + R20),
    'swav-queue': _case('swav/swav' + R20, model__head__loss__queue_length=24,
                        model__head__loss__queue_epoch=1, model__head__loss__frozen_epochs=1),
    'fassl-prototypes': _case('fassl/fassl-prototypes_cifar-resnet20_20e', rate=0.02),
    'fassl': _case('fassl/fassl_cifar-resnet20_20e', epochs=5),
    'fassl-alternating': _case('fassl/fassl_cifar-resnet20_20e', epochs=5,
                               model__type='ltplug.AlternatingFASSL', find_unused_parameters=True),
    'rotation': _case('ssp/rotation' + R20),
    'jigsaw': _case('ssp/jigsaw' + R20, rate=0.01),
    # pools without labels
    'self-training': _case('self_training/self-training-ldam-drw' + R20, rate=0.02, epochs=3),
    'self-training-separate': _case('self_training/self-training-ce' + R20, epochs=3,
                                    model__mean='separate', model__unlabeled_weight=0.5),
    'vat': _case('self_training/vat' + R20, rate=0.01, epochs=3, default_hooks__ramp_up__epochs=2),
    'mean-teacher': _case('self_training/mean-teacher' + R20, epochs=3,
                          default_hooks__ramp_up__epochs=2),
}

ACCUMULATED = {
    name: CASES[name]._replace(
        options={**CASES[name].options, 'optim_wrapper.accumulative_counts': 2},
        epochs=2 * CASES[name].epochs)
    for name in ('ldam-drw', 'kcl-queue', 'mean-teacher')
}
"""Two batches a step: DDP exchanges gradients after the second only."""

# Batch norm magnifies rounding, most where a pruned layer has hardly any variance.
BATCH_NORM = {
    name: CASES[name]._replace(rate=5e-4 if name in ('sdclr', 'bcl') else 2e-3)
    for name in (
        'ldam-drw', 'crt', 'cbs-rrs-ss', 'scl', 'kcl-queue', 'tsc', 'sbcl', 'sbcl-queue',
        'dscl-pbsd', 'simclr', 'sdclr', 'bcl', 'byol', 'moco', 'swav', 'fassl-prototypes', 'fassl',
        'fassl-alternating', 'rotation', 'jigsaw', 'self-training', 'vat', 'mean-teacher')
}
"""Every class of models once; losses and samplers know nothing of batch norm."""
