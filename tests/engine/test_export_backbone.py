"""An exported backbone loads into torchvision's ResNet-50 and into the detectors of SBCL."""

import pytest
import torch
import torchvision
from mmengine.config import Config

from ltplug.cli.models import export_backbone_main
from ltplug.registry import MODELS

from .runs import ROOT

TRANSFER = ROOT / 'configs/sbcl/transfer'


@pytest.fixture(scope='module')
def model():
    """SBCL on a ResNet-50, with batch norm statistics unlike those of a new network."""
    cfg = Config.fromfile(ROOT / 'configs/sbcl/sbcl_resnet50_200e_imagenet.py').model
    cfg.queue_len = 4
    torch.manual_seed(0)
    model = MODELS.build(cfg)
    for name, buffer in model.backbone.named_buffers():
        if name.endswith(('running_mean', 'running_var')):
            buffer.uniform_(0.5, 1.5)
    return model.eval()


@pytest.fixture(scope='module')
def exported(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp('exported')
    torch.save({'state_dict': model.state_dict(), 'meta': {}}, folder / 'epoch_200.pth')
    out = folder / 'new' / 'backbone.pth'
    export_backbone_main([str(folder / 'epoch_200.pth'), str(out)])
    return out


def test_only_the_classifier_of_a_resnet_is_missing(model, exported):
    network = torchvision.models.resnet50().eval()
    missing, unexpected = network.load_state_dict(
        torch.load(exported, weights_only=True)['state_dict'], strict=False)
    assert sorted(missing) == ['fc.bias', 'fc.weight'] and not unexpected
    network.fc = torch.nn.Identity()
    images = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        torch.testing.assert_close(network(images), model.extract_feat(images))


@pytest.mark.parametrize(('name', 'last_layer'), [
    ('faster-rcnn_r50-c4_24k_voc0712', 'roi_head.shared_head.layer4'),
    ('mask-rcnn_r50-fpn_1x_coco', 'backbone.layer4'),
])
def test_a_detector_starts_from_it(name, last_layer, exported, monkeypatch):
    pytest.importorskip('mmdet.models', exc_type=ImportError)  # needs mmcv's compiled operators
    from mmdet.registry import MODELS as DETECTORS
    cfg = Config.fromfile(TRANSFER / f'{name}.py').model
    cfg.backbone.init_cfg.checkpoint = str(exported)
    if 'shared_head' in cfg.roi_head:
        cfg.roi_head.shared_head.init_cfg.checkpoint = str(exported)
    with DETECTORS.switch_scope_and_registry('mmdet'):
        detector = DETECTORS.build(cfg)
        detector.init_weights()
    weights, state = torch.load(exported, weights_only=True)['state_dict'], detector.state_dict()
    for key, value in weights.items():
        place = last_layer + key.removeprefix('layer4') if key.startswith('layer4') \
            else f'backbone.{key}'
        assert state[place].equal(value), place
    assert all(parameter.requires_grad for parameter in detector.backbone.parameters())


def test_a_file_without_backbone_is_refused(tmp_path):
    torch.save({'state_dict': {'head.weight': torch.zeros(1)}, 'meta': {}}, tmp_path / 'head.pth')
    with pytest.raises(SystemExit, match='no tensors named backbone'):
        export_backbone_main([str(tmp_path / 'head.pth'), str(tmp_path / 'out.pth')])
