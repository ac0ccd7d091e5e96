import numpy as np
import pytest
import torch
from mmpretrain.models import ClsDataPreprocessor
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.engine.pretended_gpu import pretended_gpu
from ltplug.models.utils import MultiViewDataPreprocessor
from ltplug.models.utils.batch import move_samples
from ltplug.models.utils.transfers import copy_without_waiting
from ltplug.structures import SampleList
from tests.structures.samples import sample

LABELS = torch.tensor([1, 7, 0])


def soft():
    return [sample(1, dataset_index=i).set_gt_score(torch.ones(2)) for i in range(3)]


@pytest.mark.parametrize(('samples', 'uploads'), [
    (SampleList.from_columns(3, {'gt_label': LABELS, 'gt_score': torch.ones(3, 2)}, {}), 2),
    (SampleList(soft()), 2),
    (soft(), 2),
    ([*soft()[:1], DataSample(), sample([1, 2])], 3),
    ([DataSample(), sample(2)], 1),
    ([DataSample(), DataSample()], 0),
], ids=['columns', 'list of ours', 'list', 'different fields', 'no label at first', 'no labels'])
def test_all_that_samples_hold_moves_without_waiting(samples, uploads):
    with pretended_gpu() as gpu:
        move_samples(samples, gpu.device)
    fields = [value for each in samples for _, value in each.items()]
    assert all(value.is_meta for value in fields)
    assert len(gpu.uploads) == uploads and not any(each.waits for each in gpu.uploads)


def test_views_are_copied_without_waiting():
    module, views = MultiViewDataPreprocessor(), [torch.zeros(2, 3, 8, 8).byte()] * 2
    with pretended_gpu() as gpu:
        module.to(gpu.device)
        module(dict(inputs=views, data_samples=soft()[:2]), training=True)
    assert len(gpu.uploads) == 4 and not any(each.waits for each in gpu.uploads)


def test_images_are_mixed_where_nothing_waits():
    model = nn.Module()
    model.data_preprocessor = ClsDataPreprocessor(
        num_classes=8, batch_augments=dict(augments=dict(type='Mixup', alpha=1.0)))
    copy_without_waiting(model)
    torch.manual_seed(1)
    np.random.seed(0)
    samples = SampleList.from_columns(3, {'gt_label': LABELS}, {})
    data = model.data_preprocessor(dict(inputs=torch.rand(3, 3, 4, 4), data_samples=samples), True)
    assert data['data_samples'] is samples
    scores = torch.stack([each.gt_score for each in samples])
    assert (scores > 0).sum() > 3, 'labels are mixed too'


def test_on_the_cpu_samples_stay_as_they_are():
    samples = soft()
    labels = [each.gt_label for each in samples]
    move_samples(samples, torch.device('cpu'))
    assert all(each.gt_label is label for each, label in zip(samples, labels, strict=True))
