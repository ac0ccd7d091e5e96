"""What is kept of every test image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric


class PredictionRecord(BaseMetric):
    """Keeps true label, predicted label and confidence of every test image, and nothing else.

    Of thousands of classes the scores of all images would take gigabytes; these three numbers are
    enough for confusions, calibration and comparing runs image by image. A model that predicts
    anything but one class leaves no record.
    """

    default_prefix = 'record'

    def __init__(self) -> None:
        super().__init__()
        self.record: dict[str, np.ndarray] = {}  # of the last evaluation, on the main process

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Store the predictions of a batch.

        Args:
            data_batch: Not used.
            data_samples (Sequence[dict]): With ``pred_score`` of all classes and one ``gt_label``,
                or others, which are passed over.
        """
        if not all(map(_is_of_one_class, data_samples)):
            self.results.extend([None] * len(data_samples))
            return
        scores = torch.stack([sample['pred_score'] for sample in data_samples]).float()
        confidence, best = scores.max(dim=1)
        # as GroupAccuracy counts: a head may choose otherwise than by its scores
        predicted = [int(sample.get('pred_label', label))
                     for sample, label in zip(data_samples, best.tolist(), strict=True)]
        target = [int(sample['gt_label']) for sample in data_samples]
        self.results.extend(zip(target, predicted, confidence.tolist(), strict=True))

    def compute_metrics(self, results: list[tuple[int, int, float] | None]) -> dict:
        """Keep the record; there is nothing to report.

        Args:
            results (list[tuple[int, int, float]]): Of all ranks, in the order of the dataset.
        """
        if not results or None in results:
            return {}
        target, predicted, confidence = zip(*results, strict=True)
        self.record = {'gt_label': np.array(target, dtype=np.int32),
                       'pred_label': np.array(predicted, dtype=np.int32),
                       'confidence': np.array(confidence, dtype=np.float32)}
        return {}


def _is_of_one_class(sample: dict) -> bool:
    scores, labels = sample.get('pred_score'), [sample.get('gt_label')]
    if 'pred_label' in sample:
        labels.append(sample['pred_label'])
    return isinstance(scores, torch.Tensor) and scores.ndim == 1 and all(
        isinstance(label, torch.Tensor) and label.numel() == 1 for label in labels)
