"""Samplers: which images an epoch draws, the same for any number of processes."""

from .draw_batch_sampler import DrawBatchSampler

__all__ = ['DrawBatchSampler']
