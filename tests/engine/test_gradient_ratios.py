import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler, default_collate
from torch.utils.data import DataLoader

from ltplug.engine.gradient_ratios import add_by_class, measure_gradient_ratios
from tests.models.methods.small import QUEUE, batch, build

LABELS = [0] * 16 + [1] * 6 + [2] * 2


class Views:
    """Images with labels, and views that a generator draws."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(0)

    def __len__(self):
        return len(LABELS)

    def __getitem__(self, index):
        (_, samples) = batch([LABELS[index]])
        views = [torch.randn(3, 8, 8, generator=self.generator) for _ in range(3)]
        return dict(inputs=views, data_samples=samples[0])


def loader():
    dataset = Views()
    return DataLoader(dataset, batch_size=6, sampler=DefaultSampler(dataset, seed=0),
                      collate_fn=default_collate)


def model(**loss):
    return build('DSCL', loss=dict(type='ltplug.DecoupledSupConLoss', **loss),
                 data_preprocessor=dict(type='SelfSupDataPreprocessor', mean=[0.] * 3,
                                        std=[1.] * 3), **QUEUE)


@pytest.mark.parametrize('alpha', [None, 0.1])
def test_where_all_features_are_equal_the_measurement_is_the_theory(alpha):
    ignorant, seen = model(alpha=alpha), []
    for parameter in ignorant.neck.parameters():
        torch.nn.init.constant_(parameter, 0.5)
    ignorant.loss_module.register_forward_hook(lambda module, args, output: seen.append(args))
    measured, theory = measure_gradient_ratios(ignorant, loader(), 4, epochs=3)
    known = np.isfinite(theory)
    assert known.tolist() == [True, True, True, False], 'class 3 has no images'
    np.testing.assert_allclose(measured[known], theory[known], rtol=1e-4)
    anchors = [(label, (args[4] == label).sum().item()) for args in seen[2:]
               for label in args[2].tolist()]
    for label in range(3):
        sizes = np.array([size for of, size in anchors if of == label and size])
        exact = 1 / sizes if alpha is None else (0.1 - 1 / 13) / np.abs(0.9 - sizes / 13)
        np.testing.assert_allclose(theory[label], exact.mean(), rtol=1e-4)


def test_weights_stay_and_only_full_queues_count():
    tested = model()
    before = {name: value.clone() for name, value in tested.named_parameters()
              if not name.startswith('encoder_k')}
    seen = []
    tested.loss_module.register_forward_hook(lambda module, args, output: seen.append(args))
    measured, _ = measure_gradient_ratios(tested, loader(), 3, epochs=2)
    assert len(seen) == 10, 'two batches fill the queue, two epochs of four count'
    for name, value in before.items():
        assert value.equal(dict(tested.named_parameters())[name]), name
    sums = torch.zeros(2, 3, dtype=torch.float64)
    for args in seen[2:]:
        add_by_class(sums, args[2], tested.loss_module.gradient_ratio(*args))
    np.testing.assert_allclose(measured, sums[0] / sums[1])
    epochs = [sorted(args[2].tolist() for args in seen[start:start + 4]) for start in (0, 4)]
    assert epochs[0] != epochs[1], 'every epoch is shuffled anew'


def test_a_model_without_the_loss_is_told():
    other = build('SupConMoCo', loss=dict(type='ltplug.SupConLoss'), **QUEUE)
    with pytest.raises(ValueError, match='are those of ltplug.DecoupledSupConLoss'):
        measure_gradient_ratios(other, loader(), 3)
