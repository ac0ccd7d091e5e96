"""Batch norm with statistics of the images of all processes, and DDP around it."""

from mmengine.model import MMDistributedDataParallel
from mmengine.registry import MODEL_WRAPPERS
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from .pruned_branch import DualBN, DualSyncBN


def synchronize_norms(module: nn.Module) -> nn.Module:
    """Replace every batch norm by one that shares its statistics, as ``sync_bn='torch'`` does.

    Parameters, statistics and modes stay. Torch's conversion, and mmengine's, would drop the pruned
    branch of :class:`DualBN`, which becomes a :class:`DualSyncBN` here.

    Args:
        module (nn.Module): The model, changed in place.

    Returns:
        nn.Module: The module, or what replaces it if it is a batch norm itself.
    """
    if isinstance(module, DualSyncBN):
        return module
    if isinstance(module, DualBN):
        synced = DualSyncBN(
            module.num_features, eps=module.eps, momentum=module.momentum, affine=module.affine,
            track_running_stats=module.track_running_stats)
        for new, old in ((synced, module), (synced.pruned, module.pruned)):
            new._parameters, new._buffers, new.training = (
                old._parameters, old._buffers, old.training)
        return synced
    if isinstance(module, _BatchNorm):
        return nn.SyncBatchNorm.convert_sync_batchnorm(module)
    for name, child in module.named_children():
        setattr(module, name, synchronize_norms(child))
    return module


@MODEL_WRAPPERS.register_module()  # of mmengine, whose Runner looks for wrappers nowhere else
class SyncBNDistributedDataParallel(MMDistributedDataParallel):
    """mmengine's DDP around a model whose batch norms share their statistics.

    What the tools of this repository make of ``sync_bn='torch'``. In another mmpretrain project::

        custom_imports = dict(imports=['ltplug.models'], allow_failed_imports=False)
        model_wrapper_cfg = dict(type='SyncBNDistributedDataParallel', broadcast_buffers=False)

    Args:
        module (nn.Module): The model; see :func:`synchronize_norms`.
        **kwargs: Arguments of mmengine's ``MMDistributedDataParallel``.
    """

    def __init__(self, module: nn.Module, **kwargs) -> None:
        super().__init__(synchronize_norms(module), **kwargs)


@MODEL_WRAPPERS.register_module()
class CPUDistributedDataParallel(MMDistributedDataParallel):
    """mmengine's DDP on CPUs, which says of layers that need GPUs how to replace them.

    Args:
        module (nn.Module): The model.
        **kwargs: Arguments of mmengine's ``MMDistributedDataParallel``.

    Raises:
        ValueError: If a layer shares its statistics between processes.
    """

    def __init__(self, module: nn.Module, **kwargs) -> None:
        for name, layer in module.named_modules():
            if isinstance(layer, nn.SyncBatchNorm | DualSyncBN):
                raise ValueError(
                    f'{name} is a SyncBN, which needs GPUs where there are several processes: '
                    "without GPUs set norm_cfg=dict(type='BN'), or 'ltplug.DualBN' for "
                    "'ltplug.DualSyncBN', or use one process.")
        super().__init__(module, **kwargs)
