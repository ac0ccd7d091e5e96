"""Hooks: what happens at a moment of a run."""

from .accumulation import AccumulationHook
from .atomic_checkpoint import AtomicCheckpointHook
from .checkpoint_fit import CheckpointFitHook
from .class_counts import ClassCountsHook
from .class_loss import ClassLossHook
from .class_temperature import ClassTemperatureHook
from .consistency_ramp_up import ConsistencyRampUpHook
from .deferred_reweighting import DeferredReweightingHook
from .feature_cache import FeatureCacheHook
from .gradient_ratio import GradientRatioHook
from .iteration_seed import IterationSeedHook
from .knn_probe import KNNProbeHook
from .lazy_runtime_info import LazyRuntimeInfoHook
from .memorized_strength import MemorizedStrengthHook
from .momentum_teacher import MomentumTeacherHook
from .pool_check import PoolCheckHook
from .progress_bar import ProgressBarHook
from .pruning_mask import PruningMaskHook
from .run_summary import RunSummaryHook
from .subclass_clustering import SubclassClusteringHook
from .sync_buffers import SyncAllBuffersHook

__all__ = [
    'AccumulationHook', 'AtomicCheckpointHook', 'CheckpointFitHook', 'ClassCountsHook',
    'ClassLossHook', 'ClassTemperatureHook', 'ConsistencyRampUpHook', 'DeferredReweightingHook',
    'FeatureCacheHook', 'GradientRatioHook', 'IterationSeedHook', 'KNNProbeHook',
    'LazyRuntimeInfoHook', 'MemorizedStrengthHook', 'MomentumTeacherHook', 'PoolCheckHook',
    'ProgressBarHook', 'PruningMaskHook', 'RunSummaryHook', 'SubclassClusteringHook',
    'SyncAllBuffersHook'
]
