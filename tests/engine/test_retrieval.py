from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmpretrain.models import ClsDataPreprocessor
from torch import nn

from ltplug.engine import extract_features
from ltplug.engine.retrieval import MapEncoder, load_map_encoder, retrieve
from ltplug.ops import salient_boxes
from tests.models.methods.small import PARTS, QUEUE, batch, build

PREPROCESSOR = dict(type='SelfSupDataPreprocessor', mean=[0.] * 3, std=[1.] * 3)
PLACES = {3: (20, 2), 7: (4, 18), 8: (18, 20)}  # top and left of the pattern, by image


class Colours(nn.Module):
    """A backbone that tells the mean colour of squares of four pixels."""

    def forward(self, images):
        return (F.avg_pool2d(images, 4), )


class Painted:
    """Dark noise of 24 x 32 pixels; some images have a red square of eight pixels."""

    def __init__(self, places, number=10):
        self.images = np.random.default_rng(0).integers(0, 60, (number, 24, 32, 3), dtype=np.uint8)
        for index, (left, top) in places.items():
            self.images[index, top - 2:top + 6, left:left + 8] = [0, 0, 255]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        (_, samples) = batch([0])
        return dict(inputs=torch.from_numpy(self.images[index]).permute(2, 0, 1),
                    data_samples=samples[0])


def painted_encoder():
    preprocessor = ClsDataPreprocessor(mean=[30.] * 3, std=[1.] * 3, to_rgb=True)
    return MapEncoder(Colours(), preprocessor).eval()


@pytest.mark.parametrize('box', [(8, 4, 16, 12), partial(salient_boxes, share=0.3)])
def test_a_painted_pattern_is_found_wherever_it_stands(box):
    gallery, query = Painted(PLACES), Painted({0: (8, 6)}, number=1)[0]
    encoder = painted_encoder()
    features = extract_features(encoder, gallery)
    found = retrieve(encoder, query, gallery, features, 3, box)
    assert sorted(found.indices) == sorted(PLACES)
    assert found.box.tolist() == [8, 4, 16, 12]
    assert (np.diff(found.cosines) <= 0).all() and found.cosines[-1] > 0.9
    assert found.responses.shape == (4, 24, 32)
    for index, response in zip(found.indices, found.responses[1:], strict=True):
        left, top = PLACES[index]
        inside = np.zeros((24, 32), dtype=bool)
        inside[top - 2:top + 6, left:left + 8] = True
        y, x = np.unravel_index(response.argmax(), response.shape)
        assert inside[y, x] and response[inside].mean() > 0.8 > response[~inside].mean() + 0.3


def test_a_query_of_the_gallery_is_not_found_itself():
    gallery, encoder = Painted(PLACES), painted_encoder()
    features = extract_features(encoder, gallery)
    found = retrieve(encoder, gallery[7], gallery, features, 9, excluded=[7])
    assert found.box is None and sorted([*found.indices, 7]) == list(range(10))
    assert set(found.indices[:2]) == {3, 8}
    assert retrieve(encoder, gallery[7], gallery, features, 1).indices == [7]


def saved(tmp_path):
    model = build('DSCL', data_preprocessor=PREPROCESSOR, **QUEUE)
    path = tmp_path / 'epoch_1.pth'
    torch.save({'state_dict': model.state_dict()}, path)
    return model, path


def test_features_are_those_of_the_method(tmp_path):
    model, path = saved(tmp_path)
    cfg = Config(dict(model=PARTS, data_preprocessor=PREPROCESSOR))
    images = batch()[0][0]
    encoder = load_map_encoder(cfg, path)
    assert not encoder.training
    model.eval()
    maps = encoder.maps(images)
    torch.testing.assert_close(encoder.extract_feat(images), model.project(images))
    cells = encoder.embed_cells(maps)
    assert cells.shape == (6, 16, *maps.shape[2:])
    torch.testing.assert_close(cells[4, :, 1, 0], model.embed((maps[4:5, :, 1:2, :1], ))[0])
    plain = load_map_encoder(cfg, path, 'backbone')
    torch.testing.assert_close(plain.extract_feat(images),
                               F.normalize(model.backbone(images)[-1].mean(dim=(2, 3)), dim=1))


def test_mistakes_are_told(tmp_path):
    _, path = saved(tmp_path)
    other = Config(dict(model=dict(backbone=dict(PARTS['backbone'], depth=14))))
    with pytest.raises(ValueError, match='do not fit: give the config'):
        load_map_encoder(other, path)
    with pytest.raises(ValueError, match="one of projected, backbone, got 'neck'"):
        load_map_encoder(other, path, 'neck')
    gallery, encoder = Painted(PLACES), painted_encoder()
    features = extract_features(encoder, gallery)
    with pytest.raises(ValueError, match='Between 1 and 9 images can be found, got 10'):
        retrieve(encoder, gallery[0], gallery, features, 10, excluded=[0])
    with pytest.raises(ValueError, match='box 20 0 40 9 does not lie in an image of 32 x 24'):
        retrieve(encoder, gallery[0], gallery, features, 1, box=(20, 0, 40, 9))
    small = dict(gallery[0], inputs=torch.zeros(3, 8, 8, dtype=torch.uint8))
    gallery.__class__ = type('Mixed', (Painted, ), {
        '__getitem__': lambda self, index: Painted.__getitem__(self, index) if index != 3 else
        small})
    with pytest.raises(ValueError, match='differ in size: end the test pipeline'):
        retrieve(encoder, gallery[7], gallery, features, 3)
    encoder.backbone = nn.Flatten()
    with pytest.raises(ValueError, match='Flatten gives no feature map'):
        encoder.maps(torch.zeros(1, 3, 8, 8)[None])
