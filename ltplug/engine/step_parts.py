"""The parts of a training step, which tell a stopwatch when they begin and end."""

from typing import Any

from mmengine.model import BaseAveragedModel
from mmengine.runner import Runner
from mmpretrain.models.backbones.base_backbone import BaseBackbone
from torch import nn

from ltplug.models.backbones import CIFARResNet
from ltplug.models.utils import MemoryQueue, MomentumTeacher
from ltplug.utils import Stopwatch, unwrap_model

LOADING, PREPARING = 'waiting for data', 'preparing batches'
BACKBONE, REST = 'forward: backbone', 'forward: neck, head, loss'
BACKWARD, OPTIMIZER = 'backward', 'optimizer'
QUEUE, AVERAGES, CLUSTERING = 'queue', 'moving averages', 'clustering'

_PARTS: dict[type[nn.Module], dict[str, str]] = {
    BaseBackbone: {'forward': BACKBONE},
    CIFARResNet: {'forward': BACKBONE},
    MemoryQueue: {'enqueue': QUEUE, 'entries': QUEUE},
    BaseAveragedModel: {'update_parameters': AVERAGES},
    MomentumTeacher: {'follow': AVERAGES},
}


def instrument(runner: Runner, watch: Stopwatch) -> None:
    """Let the parts of a step tell a stopwatch when they begin and end.

    Args:
        runner (Runner): Of a training; its parts are changed for good.
        watch (Stopwatch): The stopwatch.
    """
    model = unwrap_model(runner.model)
    _wrap(watch, runner.model, 'train_step', REST)
    _wrap(watch, model.data_preprocessor, 'forward', PREPARING)
    for module in model.modules():
        for kind, methods in _PARTS.items():
            if isinstance(module, kind):
                for method, name in methods.items():
                    _wrap(watch, module, method, name)
        if hasattr(module, '_dequeue_and_enqueue'):  # of mmpretrain's MoCo
            _wrap(watch, module, '_dequeue_and_enqueue', QUEUE)
    _wrap(watch, runner.optim_wrapper, 'backward', BACKWARD)
    for method in ('step', 'zero_grad'):
        _wrap(watch, runner.optim_wrapper, method, OPTIMIZER)


def _wrap(watch: Stopwatch, owner: Any, method: str, name: str) -> None:
    if method == 'forward' and getattr(owner, '_compiled_call_impl', None) is not None:
        method = '_compiled_call_impl'
    setattr(owner, method, watch.wrap(name, getattr(owner, method)))
