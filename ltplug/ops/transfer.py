"""Moving small tensors to a device without waiting for what it is doing."""

import torch


def moved_to(values: torch.Tensor, device: torch.device,
             dtype: torch.dtype | None = None) -> torch.Tensor:
    """Return a tensor on a device, without waiting where it comes from the CPU.

    PyTorch's default waits until a GPU has done all earlier work. The driver has taken a copy of
    ordinary (pageable) memory before the call returns, so that the values may change afterwards.

    Args:
        values (Tensor): Of any shape, on the CPU or the device.
        device (torch.device): Where it goes.
        dtype (torch.dtype, optional): Its new type. Defaults to the old one.

    Returns:
        Tensor: Of the same shape.
    """
    return values.to(device, dtype or values.dtype, non_blocking=values.device.type == 'cpu')
