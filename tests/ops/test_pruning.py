import numpy as np
import pytest
import torch

from ltplug.ops import magnitude_masks

RATIOS = ['0.0', '0.3', '0.5', '0.7', '0.9', '1.0']
SURVIVORS = {('tiny', '0.9'): [21, 0, 13], ('tiny', '0.5'): [81, 72, 21],
             ('tiny', '1.0'): [0, 0, 1], ('ties', '0.7'): [8, 4], ('ties', '1.0'): [8, 4]}


def weights_of(arrays, net):
    start = f'{net}_w_'
    return {key.removeprefix(start): torch.from_numpy(value) for key, value in arrays.items()
            if key.startswith(start)}


@pytest.mark.parametrize('ratio', RATIOS)
@pytest.mark.parametrize('net', ['tiny', 'ties'])
def test_masks_equal_the_reference(golden, net, ratio):
    arrays = golden('fassl_prune')
    weights = weights_of(arrays, net)
    for dtype in (torch.float32, torch.float64):
        found = magnitude_masks({name: w.to(dtype) for name, w in weights.items()}, float(ratio))
        for name, mask in found.items():
            np.testing.assert_array_equal(mask.numpy(), arrays[f'{net}_{ratio}_mask_{name}'] != 0)
            np.testing.assert_array_equal(
                mask.numpy(), arrays[f'{net}_{ratio}_maskref_{name}'] != 0)
    everything = torch.cat([w.flatten().abs() for w in weights.values()])
    kept = torch.cat([mask.flatten() for mask in found.values()])
    assert everything[kept].min().item() == arrays[f'{net}_{ratio}_threshold']
    number = int(arrays[f'{net}_{ratio}_n_prune'])
    if net == 'tiny':
        assert (~kept).sum().item() == min(number, len(kept) - 1), 'no two magnitudes are equal'
    expected = SURVIVORS.get((net, ratio))
    assert expected is None or [int(mask.sum()) for mask in found.values()] == expected


@pytest.mark.parametrize('ratio', RATIOS)
@pytest.mark.parametrize('net', ['tiny', 'ties'])
def test_each_layer_alone(golden, net, ratio):
    arrays = golden('fassl_prune')
    found = magnitude_masks(weights_of(arrays, net), float(ratio), scope='layer')
    for name, mask in found.items():
        np.testing.assert_array_equal(mask.numpy(), arrays[f'{net}_{ratio}_perlayer_{name}'] != 0)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match=r'\[0, 1\], got 1.1'):
        magnitude_masks({'a': torch.ones(2)}, 1.1)
    with pytest.raises(ValueError, match="global, layer, got 'local'"):
        magnitude_masks({'a': torch.ones(2)}, 0.5, 'local')
    with pytest.raises(ValueError, match='got none'):
        magnitude_masks({}, 0.5)
