"""Moving many small tensors to a device in one transfer."""

from collections.abc import Sequence

import torch

# CUDA copies this much ordinary memory aside; for more it waits for what the GPU is doing.
COPIED_ASIDE = 64 * 1024


def moved_together(tensors: Sequence[torch.Tensor], device: torch.device) -> list[torch.Tensor]:
    """Return tensors on a device, moved in one transfer that does not wait.

    Args:
        tensors (Sequence[Tensor]): Of one dtype, on the CPU.
        device (torch.device): Where they go.

    Returns:
        list[Tensor]: Of the same shapes, parts of one tensor.
    """
    device = torch.device(device)
    if device.type == 'cpu' or not tensors:
        return list(tensors)
    packed = torch.cat([each.flatten() for each in tensors])
    # the memory of Apple's GPUs is that of the CPU
    if packed.nbytes > COPIED_ASIDE and device.type != 'mps':
        packed = packed.pin_memory()
    parts = packed.to(device, non_blocking=True).split([each.numel() for each in tensors])
    return [part.view(each.shape) for part, each in zip(parts, tensors, strict=True)]
