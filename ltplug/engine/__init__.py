"""What runs: loops, hooks, optimizer wrappers, checkpoint files, config checks."""

import mmpretrain.engine  # noqa: F401  (its types must be found under default_scope='ltplug')

from .continuous_loop import ContinuousTrainLoop
from .features import extract_features
from .hooks import (
    AccumulationHook,
    AtomicCheckpointHook,
    CheckpointFitHook,
    ClassCountsHook,
    ClassLossHook,
    ClassTemperatureHook,
    ConsistencyRampUpHook,
    DeferredReweightingHook,
    FeatureCacheHook,
    GradientRatioHook,
    IterationSeedHook,
    KNNProbeHook,
    LazyRuntimeInfoHook,
    MemorizedStrengthHook,
    MomentumTeacherHook,
    PoolCheckHook,
    ProgressBarHook,
    PruningMaskHook,
    RunSummaryHook,
    SubclassClusteringHook,
    SyncAllBuffersHook,
)
from .launches import LaunchCountingLoop
from .optim_wrappers import EpochwiseOptimWrapper, MixedPrecisionOptimWrapper
from .profiling import ProfilingLoop

__all__ = [
    'AccumulationHook', 'AtomicCheckpointHook', 'CheckpointFitHook', 'ClassCountsHook',
    'ClassLossHook', 'ClassTemperatureHook', 'ConsistencyRampUpHook', 'ContinuousTrainLoop',
    'DeferredReweightingHook', 'EpochwiseOptimWrapper', 'FeatureCacheHook', 'GradientRatioHook',
    'IterationSeedHook', 'KNNProbeHook', 'LaunchCountingLoop', 'LazyRuntimeInfoHook',
    'MemorizedStrengthHook', 'MixedPrecisionOptimWrapper', 'MomentumTeacherHook',
    'PoolCheckHook', 'ProfilingLoop', 'ProgressBarHook', 'PruningMaskHook', 'RunSummaryHook',
    'SubclassClusteringHook', 'SyncAllBuffersHook', 'extract_features'
]
