"""The version of ltplug."""

__version__ = '0.1.0'
