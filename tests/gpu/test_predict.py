"""Predictions and exported files do not depend on where the model computes."""

import numpy as np
import pytest
import torch
from mmengine.config import Config

import ltplug.apis as lt
from ltplug.engine.models import build_model

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')


def test_a_gpu_predicts_what_a_cpu_predicts(configs, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, 'allow_tf32', False)
    config = Config.fromfile(configs / 'ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py')
    torch.manual_seed(0)
    torch.save({'state_dict': build_model(config).state_dict(), 'meta': {}}, tmp_path / 'x.pth')
    images = np.random.default_rng(0).integers(0, 255, (50, 30, 20, 3), np.uint8)
    given = dict(topk=None, channel_order='rgb', batch_size=16)
    model = lt.load_model(config, tmp_path / 'x.pth')
    assert model.device.type == 'cuda'
    expected = lt.load_model(config, tmp_path / 'x.pth', device='cpu').predict(images, **given)
    for workers in (0, 2):
        found = model.predict(images, num_workers=workers, **given)
        np.testing.assert_allclose(found.scores, expected.scores, atol=1e-4)
    lt.export(model, tmp_path / 'x.pt')
    assert model.device.type == 'cuda'
    assert model.to('cpu').predict(images, **given).labels.tolist() == expected.labels.tolist()
    with pytest.raises(ValueError, match="no device 'cuda:64' here .* choose cpu or cuda:0 to"):
        model.to('cuda:64')
