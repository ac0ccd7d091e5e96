"""Rows of a batch that is spread over processes."""

import torch
import torch.distributed as torch_dist
import torch.nn.functional as F
from mmengine.dist import all_gather, all_reduce, get_rank, get_world_size


class _GatherRows(torch.autograd.Function):
    """Concatenates the rows of all ranks; the gradient of a row is summed over ranks."""

    @staticmethod
    def forward(ctx, rows: torch.Tensor, sizes: list[int]) -> torch.Tensor:
        ctx.start, ctx.size = sum(sizes[:get_rank()]), len(rows)
        padding = [0, 0] * (rows.ndim - 1) + [0, max(sizes) - len(rows)]
        gathered = all_gather(F.pad(rows, padding).contiguous())
        return torch.cat([part[:size] for part, size in zip(gathered, sizes, strict=True)])

    @staticmethod
    def backward(ctx, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        grad = grad.contiguous()
        torch_dist.all_reduce(grad)
        return grad[ctx.start:ctx.start + ctx.size], None


def _sizes(rows: torch.Tensor) -> list[int]:
    return torch.cat(all_gather(torch.tensor([len(rows)], device=rows.device))).tolist()


def rows_before(rows: torch.Tensor) -> int:
    """Return how many rows the ranks before this one have; all ranks must ask."""
    return sum(_sizes(rows)[:get_rank()]) if get_world_size() > 1 else 0


def gather_rows(*tensors: torch.Tensor) -> tuple[list[torch.Tensor], int]:
    """Return the rows of all processes, in the order of ranks.

    The gradient flows back to the rank that a row came from, summed over the losses of all ranks.
    DDP averages gradients over ranks; so where each rank's loss is its part of the joint mean times
    the number of ranks (:func:`mean_over_ranks`), the parameters get the gradient that one process
    with the joint batch would give them.

    Args:
        *tensors (Tensor): Of as many rows on one rank, [N, ...]; N may differ between ranks. Every
            rank must pass as many tensors, and go backward if one does.

    Returns:
        tuple[list[Tensor], int]: The tensors over all ranks, [G, ...], and which row of them is
        this rank's first. With one process the tensors themselves, and 0.
    """
    if get_world_size() == 1:
        return list(tensors), 0
    sizes = _sizes(tensors[0])
    return [_GatherRows.apply(tensor, sizes) for tensor in tensors], sum(sizes[:get_rank()])


def mean_over_ranks(values: torch.Tensor) -> torch.Tensor:
    """Return this rank's share of the mean over all ranks' values.

    The average of the results over ranks is the mean of all values, whatever their number on each
    rank. With one process it is the mean.

    Args:
        values (Tensor): Floats [N].

    Returns:
        Tensor: Their sum divided by the average number of values on a rank, a scalar; 0 where no
        rank has any.
    """
    count = values.new_full((), len(values))
    all_reduce(count, op='mean')
    return values.sum() / count.clamp(min=1 / get_world_size())
