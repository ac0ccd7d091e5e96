"""Parts of models that are neither backbone, neck, head nor loss."""

from .batch_statistics import running_statistics_kept
from .batched_augmentation import BatchedAugmentation
from .class_averages import ClassAverages
from .class_targets import ClassTargets
from .class_temperatures import ClassTemperatures
from .data_preprocessor import FeatureDataPreprocessor, MultiViewDataPreprocessor
from .full_precision_losses import keep_losses_in_full_precision
from .joint_draws import draw_jointly, normal_jointly
from .labeled_samples import labeled_mask, weighted_head_loss
from .loss_memory import LossMemory
from .memory_queue import MemoryQueue, QueueEntries
from .momentum_teacher import MomentumTeacher
from .moving_average import CosineMovingAverage, MovingAverage
from .prediction_logits import head_logits, prediction_logits
from .pretext_task import pretext_loss
from .pruned_branch import DualBN, DualSyncBN, PrunableConv2d, check_twin_layers, pruned_branch
from .shuffle_bn import encode_shuffled
from .subclass_table import SubclassTable
from .sync_norms import (
    CPUDistributedDataParallel,
    SyncBNDistributedDataParallel,
    synchronize_norms,
)

__all__ = [
    'BatchedAugmentation', 'CPUDistributedDataParallel', 'ClassAverages', 'ClassTargets',
    'ClassTemperatures', 'CosineMovingAverage', 'DualBN', 'DualSyncBN', 'FeatureDataPreprocessor',
    'LossMemory', 'MemoryQueue', 'MomentumTeacher', 'MovingAverage', 'MultiViewDataPreprocessor',
    'PrunableConv2d', 'QueueEntries', 'SubclassTable', 'SyncBNDistributedDataParallel',
    'check_twin_layers', 'draw_jointly', 'encode_shuffled', 'head_logits',
    'keep_losses_in_full_precision', 'labeled_mask', 'normal_jointly', 'prediction_logits',
    'pretext_loss', 'pruned_branch', 'running_statistics_kept', 'synchronize_norms',
    'weighted_head_loss'
]
