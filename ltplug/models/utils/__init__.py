"""Parts of models that are neither backbone, neck, head nor loss."""

from .data_preprocessor import FeatureDataPreprocessor

__all__ = ['FeatureDataPreprocessor']
