"""Datasets, samplers and transforms."""

import contextlib
import io

# mmpretrain's types must be found under default_scope='ltplug'. The import prints a line about an
# optional package on stdout, which may be somebody's data.
with contextlib.redirect_stdout(io.StringIO()):
    import mmpretrain.datasets  # noqa: F401

from .broken_images import BrokenImageError, name_broken_images
from .collate import collate_samples
from .csv_dataset import CsvDataset
from .digits import Digits
from .draw import Draw, DrawDataset, current_draw, leaf_datasets
from .feature_dataset import FeatureDataset
from .hold_out import HoldOut
from .image_arrays import ImageArrayDataset
from .image_folder import ImageFolderDataset
from .image_list import ImageListDataset
from .images_in_memory import ImagesInMemory
from .inaturalist import INaturalist2018
from .labels import class_counts, distinct_images, gt_labels
from .long_tail_subset import LongTailSubset
from .pipelines import with_pipeline, with_test_transforms
from .pool_check import check_pool, shared_images
from .pseudo_labels import PseudoLabels, dataset_fingerprint
from .remainder import Remainder
from .samplers import (
    ClassAwareSampler,
    ClassBalancedBatchSampler,
    ClassSampler,
    DeferredSampler,
    DrawBatchSampler,
    DualBranchBatchSampler,
    EffectiveNumberSampler,
    ProgressivelyBalancedSampler,
    StrengthDrawBatchSampler,
    WeightedClassSampler,
)
from .semi_supervised import (
    PseudoLabeledDataset,
    SemiSupervisedDataset,
    labeled_part,
    semi_supervised_part,
)
from .svhn import SVHN
from .tiny_imagenet import TinyImageNet
from .transforms import (
    GlobalPatchViews,
    LoadRGBImageFromFile,
    StrengthRandAugment,
    draw_patch_boxes,
)
from .unlabeled_pool import UnlabeledPool

__all__ = [
    'SVHN',
    'BrokenImageError',
    'ClassAwareSampler',
    'ClassBalancedBatchSampler',
    'ClassSampler',
    'CsvDataset',
    'DeferredSampler',
    'Digits',
    'Draw',
    'DrawBatchSampler',
    'DrawDataset',
    'DualBranchBatchSampler',
    'EffectiveNumberSampler',
    'FeatureDataset',
    'GlobalPatchViews',
    'HoldOut',
    'INaturalist2018',
    'ImageArrayDataset',
    'ImageFolderDataset',
    'ImageListDataset',
    'ImagesInMemory',
    'LoadRGBImageFromFile',
    'LongTailSubset',
    'ProgressivelyBalancedSampler',
    'PseudoLabeledDataset',
    'PseudoLabels',
    'Remainder',
    'SemiSupervisedDataset',
    'StrengthDrawBatchSampler',
    'StrengthRandAugment',
    'TinyImageNet',
    'UnlabeledPool',
    'WeightedClassSampler',
    'check_pool',
    'class_counts',
    'collate_samples',
    'current_draw',
    'dataset_fingerprint',
    'distinct_images',
    'draw_patch_boxes',
    'gt_labels',
    'labeled_part',
    'leaf_datasets',
    'name_broken_images',
    'semi_supervised_part',
    'shared_images',
    'with_pipeline',
    'with_test_transforms'
]
