"""How data lie in memory."""

from .sample_list import SampleList

__all__ = ['SampleList']
