import copy

import pytest
import torch
from torch import nn

from ltplug.models.utils import pruned_branch, running_statistics_kept
from ltplug.models.utils.activation_checkpointing import checkpoint_activations
from ltplug.registry import MODELS

IMAGES = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
BACKBONES = {
    'cifar-resnet8': dict(type='ltplug.CIFARResNet', depth=8),
    'resnet10': dict(type='ltplug.ResNet', depth=10, stem_channels=8, base_channels=8,
                     drop_path_rate=0.5),
    'resnext50': dict(type='ResNeXt', depth=50, groups=2, width_per_group=4, stem_channels=8,
                      base_channels=8),
    'frozen': dict(type='ltplug.ResNet', depth=10, stem_channels=8, base_channels=8,
                   frozen_stages=2, norm_eval=True),
    'pruned': dict(type='ltplug.CIFARResNet', depth=8, norm_cfg=dict(type='ltplug.DualBN'),
                   conv_cfg=dict(type='ltplug.PrunableConv2d')),
}


def build(name):
    torch.manual_seed(0)
    backbone = MODELS.build(BACKBONES[name])
    backbone.init_weights()
    backbone.train()
    return backbone


def learn(backbone, images=IMAGES):
    """Go there and back; return the features, gradients and state."""
    torch.manual_seed(1)
    features = backbone(images)[-1]
    features.square().mean().backward()
    gradients = {name: parameter.grad for name, parameter in backbone.named_parameters()}
    return features.detach(), gradients, backbone.state_dict()


def assert_same(found, expected):
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize('name', BACKBONES)
def test_nothing_changes_but_what_is_stored(name):
    expected, recomputed = build(name), build(name)
    printed = repr(recomputed)
    number = checkpoint_activations(recomputed)
    assert number == {'resnext50': 16, 'resnet10': 4, 'frozen': 4}.get(name, 3)
    assert repr(recomputed) == printed
    assert_same(learn(recomputed), learn(expected))
    norms = [key for key in expected.state_dict() if key.endswith('num_batches_tracked')]
    assert name == 'frozen' or expected.state_dict()[norms[0]] == 1


def test_inputs_of_blocks_are_all_that_is_stored():
    def stored(backbone):
        sizes = []

        def pack(tensor):
            sizes.append(tensor.numel())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            backbone(IMAGES)
        return sum(sizes)

    for name, share in (('cifar-resnet8', 0.5), ('frozen', 0.8)):
        plain, recomputed = build(name), build(name)
        checkpoint_activations(recomputed)
        assert stored(recomputed) < share * stored(plain)


def test_each_pass_is_repeated_as_it_was():
    """Statistics that were kept, and the branch, are over when gradients are computed."""
    def learn_all(backbone):
        with running_statistics_kept(backbone):
            crops = backbone(2 * IMAGES[:, :, :8, :8])[-1].mean()
        with pruned_branch(backbone):
            pruned = backbone(IMAGES.flip(3))[-1].square().mean()
        dense = backbone(IMAGES)[-1].square().mean()
        (crops + pruned + dense).backward()
        return ({name: parameter.grad for name, parameter in backbone.named_parameters()},
                backbone.state_dict())

    expected = build('pruned')
    for module in expected.modules():
        if hasattr(module, 'mask'):
            module.mask.copy_(torch.rand_like(module.weight) > 0.5)
    recomputed = copy.deepcopy(expected)
    checkpoint_activations(recomputed)
    assert_same(learn_all(recomputed), learn_all(expected))
    assert recomputed.layer1[0].norm1.num_batches_tracked == 1
    assert recomputed.layer1[0].norm1.track_running_stats
    assert not recomputed.layer1[0].norm1.is_pruned


def test_under_autocast_it_is_repeated_in_half_precision():
    def learn_mixed(backbone):
        with torch.autocast('cpu', dtype=torch.bfloat16):
            features = backbone(IMAGES)[-1]
        features.float().square().mean().backward()
        return [parameter.grad for parameter in backbone.parameters()]

    expected, recomputed = build('cifar-resnet8'), build('cifar-resnet8')
    checkpoint_activations(recomputed)
    assert_same(learn_mixed(recomputed), learn_mixed(expected))


def test_a_copy_computes_with_its_own_weights():
    backbone = build('cifar-resnet8')
    checkpoint_activations(backbone)
    twin = copy.deepcopy(backbone)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert not twin(IMAGES)[-1].any()
    learn(twin)
    assert all(parameter.grad is None for parameter in backbone.parameters())


def test_gradients_by_inputs():
    """As virtual adversarial training takes them."""
    def gradient(backbone):
        images = IMAGES.clone().requires_grad_()
        return torch.autograd.grad(backbone(images)[-1].square().sum(), images)[0]

    expected, recomputed = build('cifar-resnet8'), build('cifar-resnet8')
    checkpoint_activations(recomputed)
    assert_same(gradient(recomputed), gradient(expected))


def test_what_cannot_be_recomputed_is_told():
    with pytest.raises(ValueError, match='Linear has none: leave it out'):
        checkpoint_activations(nn.Linear(1, 1))
    backbone = MODELS.build(dict(BACKBONES['resnet10'], with_cp=True))
    with pytest.raises(ValueError, match='layer1.0 is computed again twice'):
        checkpoint_activations(backbone)
