"""Predictions of a test run as a file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger

from ltplug.registry import METRICS

SUFFIXES = ('.npz', '.json')


@METRICS.register_module()
class SavePredictions(BaseMetric):
    """Writes scores, predicted and true label of every test image.

    Args:
        out_file (str): Ends in .npz (arrays ``pred_score`` float32[N, C], ``pred_label`` and
            ``gt_label`` int64[N], ``img_path`` str[N]) or .json (one object per image).
        collect_device (str): As in mmengine. Defaults to 'cpu'.

    Raises:
        ValueError: If the file ends in anything else.
    """

    default_prefix = 'predictions'

    def __init__(self, out_file: str, collect_device: str = 'cpu') -> None:
        super().__init__(collect_device=collect_device)
        if Path(out_file).suffix not in SUFFIXES:
            raise ValueError(f'Predictions are written as .npz or .json, not as {out_file!r}.')
        self.out_file = Path(out_file)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Store the predictions of a batch.

        Args:
            data_batch: Not used.
            data_samples (Sequence[dict]): With ``pred_score``, ``pred_label`` and ``gt_label``.
        """
        for sample in data_samples:
            self.results.append({
                'img_path': str(sample.get('img_path') or sample.get('sample_idx', '')),
                'gt_label': int(sample['gt_label']),
                'pred_label': int(sample['pred_label']),
                'pred_score': sample['pred_score'].float().cpu().numpy(),
            })

    def compute_metrics(self, results: list[dict]) -> dict:
        """Write the file; there is nothing to report."""
        self.out_file.parent.mkdir(parents=True, exist_ok=True)
        if self.out_file.suffix == '.json':
            rows = [{**row, 'pred_score': row['pred_score'].tolist()} for row in results]
            self.out_file.write_text(json.dumps(rows, indent=1))
        else:
            np.savez_compressed(self.out_file,
                                **{key: np.array([row[key] for row in results])
                                   for key in results[0]})
        MMLogger.get_current_instance().info(f'Predictions were written to {self.out_file}.')
        return {}
