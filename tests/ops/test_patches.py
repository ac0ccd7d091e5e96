import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ltplug.ops import pool_patches, response_maps, salient_boxes


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


def test_the_salient_box_has_the_longest_features():
    maps = torch.zeros(2, 3, 4, 8)
    maps[0, 1, 2, 6] = -5
    maps[1, :, :2, :2] = 1
    maps[1, 0, 3, 7] = 2  # one long feature less than four of length 3 ** 0.5
    found = salient_boxes(maps, (8, 32), share=0.5)
    assert found.shape == (2, 1, 4)
    x1, y1, x2, y2 = found[0, 0].tolist()
    assert (x2 - x1, y2 - y1) == (16, 4) and x1 <= 24 and x2 >= 28 and y1 <= 4 and y2 >= 6
    assert found[1, 0].tolist() == [0, 0, 16, 4]
    assert salient_boxes(maps, (8, 32), share=0.01)[0, 0].tolist() == [24, 4, 28, 6]
    with pytest.raises(ValueError, match=r'share must lie in \(0, 1\], got 1.5'):
        salient_boxes(maps, (8, 32), share=1.5)


def test_the_response_is_the_cosine_at_every_place():
    cells = F.normalize(torch.randn(2, 5, 3, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    features = cells[:, :, 2, 1]
    found = response_maps(features, cells, (9, 12))  # three pixels a cell
    assert found.shape == (2, 9, 12)
    centres = found[:, 1::3, 1::3]
    torch.testing.assert_close(centres, (features[:, :, None, None] * cells).sum(dim=1))
    torch.testing.assert_close(centres[:, 2, 1], torch.ones(2))
    torch.testing.assert_close(found.amax(dim=(1, 2)), torch.ones(2))
