import hashlib
import json
import sys

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS

from ltplug.cli.models import publish_main
from ltplug.cli.running import test_main as run_test
from ltplug.engine.checkpoint_io import HASH_IN_NAME, load_checkpoint_file
from ltplug.engine.publish import plain_config, publish

from .runs import ROOT, run, train, write_config

CBS_RRS_SS = ROOT / 'configs/cbs_rrs/cbs-rrs-ss_cifar-resnet20_60e_digits-lt.py'
BODY = """
model = dict(
    backbone=dict(_delete_=True, type='ltplug.ResNet', depth=18, stem_channels=8, base_channels=8),
    neck=dict(in_channels=64))
custom_hooks = [dict(type='EMAHook', momentum=0.1)]
"""
# ltplug cannot be imported; nothing but the two files and mmpretrain is used.
PREDICT = """
import sys
sys.modules['ltplug'] = None
import torch
from mmpretrain import get_model
model = get_model(sys.argv[1], pretrained=sys.argv[2])
with torch.no_grad():
    logits = model(torch.load(sys.argv[3]), mode='tensor')
torch.save(logits, sys.argv[4])
assert model._dataset_meta['classes'][3] == '3', model._dataset_meta
"""


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A run of one epoch with three heads and an averaged model."""
    folder = tmp_path_factory.mktemp('trained')
    config = write_config(folder, BODY, CBS_RRS_SS, epochs=1)
    result = train(config, folder / 'run', '--cfg-options', 'param_scheduler=None')
    assert result.returncode == 0, result.stderr
    return config, folder / 'run' / 'epoch_1.pth'


@pytest.fixture(scope='module')
def published(trained):
    config, checkpoint = trained
    return publish(Config.fromfile(config), checkpoint, checkpoint.parent / 'out' / 'digits.pth')


def test_only_backbone_neck_and_head_are_left(trained, published):
    before, after = load_checkpoint_file(trained[1]), load_checkpoint_file(published[0])
    assert any(key.startswith(('uniform_head', 'rotation_head')) for key in before['state_dict'])
    assert {key.split('.')[0] for key in after['state_dict']} == {'backbone', 'neck', 'head'}
    assert set(after) == {'meta', 'state_dict'} and 'ema_state_dict' in before
    for key, value in after['state_dict'].items():
        assert value.equal(before['state_dict'][key]), key
    assert set(after['meta']) == {'dataset_meta', 'ltplug'}
    json.dumps(after['meta'])


def test_the_name_has_the_hash_of_the_content(published):
    digest = HASH_IN_NAME.search(published[0].name)[1]
    assert hashlib.sha256(published[0].read_bytes()).hexdigest().startswith(digest)
    assert published[1] == published[0].with_suffix('.py')


def test_logits_are_identical_without_ltplug(trained, published, tmp_path):
    config, checkpoint = trained
    config = Config.fromfile(config)
    model = MODELS.build({**config.model, 'data_preprocessor': config.data_preprocessor}).eval()
    model.load_state_dict(load_checkpoint_file(checkpoint)['state_dict'])
    images = torch.randn(5, 3, 16, 16)
    torch.save(images, tmp_path / 'images.pt')
    result = run([sys.executable, '-W', 'ignore', '-c', PREDICT, published[1], published[0],
                  tmp_path / 'images.pt', tmp_path / 'logits.pt'])
    assert result.returncode == 0, result.stderr
    torch.set_num_threads(1)
    with torch.no_grad():
        assert torch.load(tmp_path / 'logits.pt').equal(model(images, mode='tensor'))


def test_a_test_prints_the_same_groups(trained, published, tmp_path):
    run_test([str(published[1]), str(published[0]), '--work-dir', str(tmp_path)])
    after = json.loads((tmp_path / 'results.json').read_text())
    before = json.loads((trained[1].parent / 'test' / 'results.json').read_text())
    assert after['metrics'] == before['metrics'] and after['groups'] == before['groups']


def test_components_of_ours_stay(configs):
    plain = plain_config(Config.fromfile(
        configs / 'ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py')).model
    assert plain.backbone.type == 'ltplug.CIFARResNet'
    assert plain.head.loss.type == 'ltplug.LDAMLoss', 'its scale enters the scores'


def test_depth_ten_is_ours(configs):
    plain = plain_config(Config.fromfile(configs / 'cbs_rrs/cbs-rrs_resnet10_30e_imagenet-lt.py'))
    assert plain.model.backbone.type == 'ltplug.ResNet'


def test_another_config_is_refused(trained, tmp_path):
    with pytest.raises(SystemExit) as stop:
        publish_main([str(CBS_RRS_SS), str(trained[1]), str(tmp_path / 'x.pth')])
    assert 'do not fit' in stop.value.code and 'config it was trained with' in stop.value.code
    assert not list(tmp_path.iterdir())


def test_a_model_without_a_classifier_is_refused():
    with pytest.raises(ValueError, match='SimCLR does not predict .* config of a classifier'):
        plain_config(Config(dict(model=dict(type='SimCLR'))))
