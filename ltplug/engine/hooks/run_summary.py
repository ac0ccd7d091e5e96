"""What a run says about itself before it starts."""

from collections.abc import Sequence

import torch
from mmengine.device import get_device
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from ltplug.ops import shot_groups
from ltplug.registry import HOOKS

from .takes_class_counts import TakesClassCounts

_SHOWN_CLASSES = 24


@HOOKS.register_module()
class RunSummaryHook(TakesClassCounts, Hook):
    """Logs, once, the class counts, their imbalance and groups, seed, device and precision."""

    def before_train(self, runner: Runner) -> None:
        """Log the summary."""
        lines = [] if self.class_counts is None else describe_counts(self.class_counts)
        device = get_device()
        if device == 'cuda':
            device = f'{torch.cuda.get_device_name()} (cuda)'
        dtype = getattr(runner.optim_wrapper, 'cast_dtype', torch.float32) or torch.float16
        precision = str(dtype).removeprefix('torch.')
        if device == 'cpu' and dtype is torch.bfloat16 and \
                getattr(torch.cpu, 'get_capabilities', dict)().get('amx_bf16') is False:
            precision += ' (a CPU without AMX may be slower with it than with float32)'
        lines += [
            f'Seed: {runner.seed}',
            f'Device: {get_world_size()} x {device}',
            f'Precision: {precision}',
        ]
        print_log('This run:\n' + '\n'.join(f'  {line}' for line in lines), logger='current')


def describe_counts(class_counts: Sequence[int]) -> list[str]:
    """Return lines that describe how images are spread over classes.

    Args:
        class_counts (Sequence[int]): Training images per class, [C].

    Returns:
        list[str]: The counts (the ends of the sorted list, when there are many classes), the
        imbalance ratio and the sizes of the shot groups.
    """
    total, num_classes = sum(class_counts), len(class_counts)
    present = [count for count in class_counts if count]
    if num_classes <= _SHOWN_CLASSES:
        counts = ', '.join(map(str, class_counts))
    else:
        ordered = sorted(class_counts, reverse=True)
        head = ', '.join(map(str, ordered[:_SHOWN_CLASSES // 2]))
        tail = ', '.join(map(str, ordered[-_SHOWN_CLASSES // 2:]))
        counts = f'{head}, ..., {tail} (sorted)'
    lines = [f'Training images: {total:,} in {num_classes:,} classes: {counts}']
    if present:
        ratio = max(present) / min(present)
        absent = num_classes - len(present)
        note = f' ({absent} classes have no image)' if absent else ''
        lines.append(f'Imbalance ratio: {ratio:.4g}{note}')
    groups = ', '.join(f'{len(labels):,} {name}' for name, labels in
                       shot_groups(class_counts).items())
    lines.append(f'Classes by shots: {groups}')
    return lines
