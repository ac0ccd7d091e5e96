import pytest
import torch
from mmengine.model import MMDistributedDataParallel, revert_sync_batchnorm
from torch import nn

from ltplug.models import CIFARResNet, DualBN, NTXentLoss, PrunableConv2d
from ltplug.models.methods import SDCLR
from ltplug.models.utils import check_twin_layers, pruned_branch
from ltplug.ops import magnitude_masks
from ltplug.registry import MODELS
from tests.models.methods.small import PARTS, batch, build
from tests.ranks import on_two_ranks

CONV, NORM = dict(type='ltplug.PrunableConv2d'), dict(type='ltplug.DualBN')
TRUNK = dict(type='ltplug.CIFARResNet', depth=8, conv_cfg=CONV, norm_cfg=NORM)
NECK = dict(type='NonLinearNeck', in_channels=64, hid_channels=32, out_channels=16, with_bias=True,
            with_last_bias=False, norm_cfg=NORM)
GROUP_NORM_TRUNK = {**PARTS['backbone'], 'conv_cfg': CONV}


class ReferenceTrunk(nn.Module):
    """The network of the reference step."""

    def __init__(self):
        super().__init__()
        self.c1 = PrunableConv2d(3, 4, 3, padding=1, bias=False)
        self.b1 = DualBN(4)
        self.c2 = PrunableConv2d(4, 6, 3, stride=2, padding=1, bias=False)
        self.b2 = DualBN(6)

    def forward(self, x):
        x = torch.relu(self.b1(self.c1(x)))
        return (torch.relu(self.b2(self.c2(x))), )


class ReferenceHead(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 5, bias=False)

    def forward(self, x):
        return (self.fc(x[0].mean(dim=(2, 3))), )


def our_name(key):
    part = 'neck' if key.startswith('fc') else 'backbone'
    return f'{part}.{key}'.replace('.bn_list.0', '').replace('.bn_list.1', '.pruned')


@pytest.fixture
def reference(golden):
    arrays = {key: torch.tensor(value) for key, value in golden('fassl_sdclr_step').items()}

    def part(start):
        return {our_name(key.removeprefix(start)): value for key, value in arrays.items()
                if key.startswith(start)}

    model = SDCLR(ReferenceTrunk(), ReferenceHead(), prune_ratio=0.5,
                  loss=dict(type='ltplug.NTXentLoss', temperature=arrays['t'].item())).double()
    assert not model.load_state_dict(part('init/'), strict=False).unexpected_keys
    return model, arrays, part


def test_a_step_equals_the_reference(reference):
    model, arrays, part = reference
    assert model.refresh_masks() == pytest.approx(0.5, abs=0.01)
    for name in ('c1', 'c2'):
        assert getattr(model.backbone, name).mask.equal(arrays[f'mask/{name}'] != 0)
    outputs = []
    model.neck.register_forward_hook(lambda *args: outputs.append(args[2][0]))
    loss = model([arrays['x1'], arrays['x2']], [], mode='loss')['loss']
    torch.testing.assert_close(outputs, [arrays['f1'], arrays['f2']])
    torch.testing.assert_close(loss, arrays['loss_ref'])
    loss.backward()
    expected, found = part('grad_ref/'), dict(model.named_parameters())
    assert expected.keys() == found.keys()
    for name, grad in expected.items():
        torch.testing.assert_close(found[name].grad, grad, msg=name)
    statistics = dict(model.named_buffers())
    for name, value in part('bn_after_single_graph/').items():
        torch.testing.assert_close(statistics[name], value, msg=name)
    # the released code makes two passes, after which only the pruned statistics differ
    for name, value in part('bn_after/').items():
        assert torch.allclose(statistics[name], value) == ('pruned' not in name), name


def test_pruned_weights_learn_from_the_dense_branch_only(reference):
    model, arrays, _ = reference
    model.refresh_masks()
    with torch.no_grad(), pruned_branch(model):
        fixed = model.project(arrays['x2'])
    NTXentLoss(0.2)(model.project(arrays['x1']), fixed).backward()
    grad, mask = model.backbone.c1.weight.grad, model.backbone.c1.mask
    torch.testing.assert_close(grad, arrays['grad_after_dense_only/c1'])
    torch.testing.assert_close(grad[~mask], arrays['grad_ref/c1.weight'][~mask])
    assert not torch.isclose(grad[mask], arrays['grad_ref/c1.weight'][mask]).all()


@pytest.mark.parametrize(('trunk', 'channels', 'size'), [
    (TRUNK, 64, 16),
    (dict(type='ResNet_CIFAR', depth=18, base_channels=8, stem_channels=8, conv_cfg=CONV,
          norm_cfg=NORM, zero_init_residual=False), 64, 16),
    (dict(type='ltplug.ResNet', depth=50, base_channels=8, stem_channels=8, conv_cfg=CONV,
          norm_cfg=NORM, zero_init_residual=False), 256, 32),
])
def test_a_plain_trunk_loads_the_dense_branch(trunk, channels, size):
    model = build('SDCLR', backbone=trunk, neck={**NECK, 'in_channels': channels})
    model.refresh_masks()
    views = [torch.randn(4, 3, size, size) for _ in range(2)]
    model.train()(views, [], mode='loss')['loss'].backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    plain = MODELS.build({**trunk, 'conv_cfg': None, 'norm_cfg': dict(type='BN')})
    plain.eval()
    result = plain.load_state_dict(model.backbone.state_dict(), strict=False)
    assert not result.missing_keys
    assert all('.pruned.' in key for key in result.unexpected_keys)
    model.eval()
    torch.testing.assert_close(plain(views[0])[-1].mean(dim=(2, 3)), model(views[0]))


def test_one_mask_over_all_convolutions_is_refreshed_from_the_dense_weights():
    model = build('SDCLR', backbone=TRUNK, neck=NECK, prune_ratio=0.9)
    convs = {name: m for name, m in model.named_modules() if isinstance(m, PrunableConv2d)}
    assert len(convs) == 7
    model.refresh_masks()
    for name, mask in magnitude_masks({n: m.weight for n, m in convs.items()}, 0.9).items():
        assert convs[name].mask.equal(mask)
    first = model.backbone.conv1
    pruned = (~first.mask).nonzero()[0].tolist()
    with torch.no_grad():
        first.weight[tuple(pruned)] = 100.0
    model.refresh_masks()
    assert first.mask[tuple(pruned)], 'a weight can return'
    assert not any('mask' in key for key in model.state_dict())


@pytest.mark.parametrize('norm', ['DualBN', 'DualSyncBN'])
def test_branches_have_statistics_of_their_own(norm):
    norm_cfg = dict(type=f'ltplug.{norm}')
    model = build('SDCLR', backbone={**TRUNK, 'norm_cfg': norm_cfg},
                  neck={**NECK, 'norm_cfg': norm_cfg})
    model = revert_sync_batchnorm(model)  # as every Runner of one process does
    check_twin_layers(model)
    model.refresh_masks()
    views, samples = batch()
    model.train()(views, samples, mode='loss')
    norm = model.backbone.norm1
    assert norm.num_batches_tracked == norm.pruned.num_batches_tracked == 1
    assert not torch.allclose(norm.running_mean, norm.pruned.running_mean)
    assert not norm.is_pruned and not model.backbone.conv1.is_pruned


def train(rank, sizes):
    model = build('SDCLR', backbone=GROUP_NORM_TRUNK, neck=PARTS['neck'], prune_ratio=0.5)
    inner = model
    if len(sizes) > 1:
        model = MMDistributedDataParallel(model, broadcast_buffers=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    share, losses = slice(sum(sizes[:rank]), sum(sizes[:rank + 1])), []
    for step in range(4):
        inner.refresh_masks()
        views, samples = batch(seed=step)
        optimizer.zero_grad()
        loss = model([view[share] for view in views], samples[share], mode='loss')['loss']
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return torch.tensor(losses), inner.state_dict(), inner.backbone.conv1.mask


@pytest.mark.parametrize('sizes', [(3, 3), (4, 2)])
def test_two_ranks_learn_what_one_process_learns(sizes):
    losses, state, mask = train(0, (6, ))
    one, other = on_two_ranks(train, sizes)
    torch.testing.assert_close((one[0] + other[0]) / 2, losses, atol=1e-5, rtol=0)
    for rank in (one, other):
        assert rank[2].equal(mask)
        for name, value in state.items():
            torch.testing.assert_close(rank[1][name], value, atol=1e-5, rtol=1e-5, msg=name)


@pytest.mark.parametrize(('change', 'sentence'), [
    (dict(backbone={**TRUNK, 'conv_cfg': None}), 'backbone.conv1 is a plain convolution'),
    (dict(backbone={**TRUNK, 'norm_cfg': dict(type='BN')}), 'norm1 is a plain batch norm'),
    (dict(neck={**NECK, 'norm_cfg': dict(type='BN1d')}), 'neck.bn0 is a plain batch norm'),
    (dict(prune_ratio=1.5), 'prune_ratio must lie in'),
    (dict(backbone=dict(type='ltplug.ResNet', depth=10, with_cp=True, conv_cfg=CONV,
                        norm_cfg=NORM)), 'set with_cp=False'),
])
def test_wrong_models_are_told(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        build('SDCLR', **{**dict(backbone=TRUNK, neck=NECK), **change})


def test_a_model_without_convolutions_or_masks_is_told():
    with pytest.raises(ValueError, match='has no convolution to prune'):
        SDCLR(nn.Identity(), ReferenceHead())
    with pytest.raises(ValueError, match="dict\\(type='ltplug.PruningMaskHook'\\)"):
        build('SDCLR', backbone=TRUNK, neck=NECK)(*batch(), mode='loss')
    with pytest.raises(ValueError, match=r'maps \[N, C, H, W\], got \(2, 4, 3\)'):
        DualBN(4)(torch.ones(2, 4, 3))


def test_plain_trunks_are_what_they_were():
    torch.manual_seed(0)
    plain = CIFARResNet(8)
    torch.manual_seed(0)
    prunable = CIFARResNet(8, conv_cfg=CONV)
    for one, other in zip(plain.parameters(), prunable.parameters(), strict=True):
        assert one.equal(other)
