import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ltplug.ops import pool_patches


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_pooled_and_projected_boxes_equal_the_reference(golden, dtype):
    arrays = {key: torch.from_numpy(np.asarray(value)) for key, value in golden('dscl_roi').items()}
    arrays = {key: value.to(dtype) if value.is_floating_point() else value
              for key, value in arrays.items()}
    size, tolerance = int(arrays['view_size']), 1e-9 if dtype == torch.float64 else 2e-5
    assert 7 / size == pytest.approx(float(arrays['spatial_scale']))
    found = pool_patches(arrays['fmap'], arrays['boxes'], (size, size))
    torch.testing.assert_close(found, arrays['roi_aligned0'], rtol=tolerance, atol=tolerance)
    pooled = found.mean(dim=(3, 4))
    torch.testing.assert_close(pooled, arrays['pooled_aligned0'], rtol=tolerance, atol=tolerance)
    hidden = (pooled @ arrays['w1'].T + arrays['b1']).relu()
    projected = F.normalize(hidden @ arrays['w2'].T + arrays['b2'], dim=2)
    torch.testing.assert_close(projected, arrays['c'], rtol=tolerance, atol=tolerance)
    # the box of the whole view is not its average
    assert arrays['boxes'][0, 0].tolist() == [0, 0, size, size]
    assert (pooled[0, 0] - arrays['gap'][0]).abs().max() > 0.01


def test_height_and_width_have_their_own_scale():
    rows = torch.arange(4.0)[None, None, :, None].expand(1, 1, 4, 8)
    columns = torch.arange(8.0)[None, None, None].expand(1, 1, 4, 8)
    boxes = torch.tensor([[[16., 0., 32., 8.]]])  # columns 4 to 8, rows 0 to 4
    found = pool_patches(torch.cat([rows, columns], dim=1), boxes, (8, 32))
    assert found.shape == (1, 1, 2, 2, 2)
    low, high = found[0, 0, 1, 0]
    assert 4 <= low < high <= 7, 'columns'
    assert found[0, 0, 0, 0].max() < found[0, 0, 0, 1].min() <= 3, 'rows'


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='use a backbone whose last output is a feature map'):
        pool_patches(torch.ones(2, 8), torch.ones(2, 5, 4), (8, 8))
    with pytest.raises(ValueError, match=r'by boxes \[N, L, 4\]'):
        pool_patches(torch.ones(2, 8, 4, 4), torch.ones(5, 4), (8, 8))
