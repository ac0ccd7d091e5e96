import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.optim import OptimWrapper
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.structures import DataSample
from torch import nn

from ltplug.models import (
    BalancedSoftmaxLoss,
    CosineLinearClsHead,
    LDAMLoss,
    ReweightedCrossEntropyLoss,
)
from ltplug.ops import class_weights
from ltplug.registry import MODELS
from tests.models.losses.comparing import assert_equal, value_and_grad

LOSSES = [f'ltplug.{name}' for name in (
    'LDAMLoss', 'BalancedSoftmaxLoss', 'ReweightedCrossEntropyLoss', 'ReweightedFocalLoss',
    'ClassBalancedSigmoidFocalLoss', 'LogitAdjustedLoss', 'LabelAwareSmoothingLoss')]


@pytest.mark.parametrize('margin', [0.5, 0.3])
@pytest.mark.parametrize('scale', [30, 10])
@pytest.mark.parametrize(('phase', 'scheme'), [('plain', 'none'), ('drw', 'effective')])
def test_ldam_equals_the_reference(reference, margin, scale, phase, scheme):
    loss = LDAMLoss(margin, scale, class_counts=reference['in_counts'].tolist(), scheme=scheme)
    found = value_and_grad(loss, reference['cosine_logits'], reference['in_target'], avg_factor=24)
    name = f'ldam_{phase}_m{margin}_s{scale}'
    assert_equal(found[0], reference[name], found[1], reference[f'{name}_grad'], rtol=2e-5)


def test_ldam_through_the_cosine_head(reference):
    head = CosineLinearClsHead(10, 16, loss=dict(
        type='ltplug.LDAMLoss', class_counts=reference['in_counts'].tolist(), scheme='effective'))
    with torch.no_grad():
        head.fc.weight.copy_(reference['in_normed_weight_DxC'].T)
    features = reference['in_feat'].clone().requires_grad_()
    torch.testing.assert_close(head((features, )), reference['cosine_logits'])
    samples = [DataSample().set_gt_label(int(label)) for label in reference['in_target']]
    value = head.loss((features, ), samples)['loss']
    value.backward()
    assert_equal(value.detach(), reference['ldam_drw_m0.5_s30'], features.grad,
                 reference['ldam_drw_m0.5_s30_grad_feat'], rtol=2e-5)
    torch.testing.assert_close(head.fc.weight.grad.T, reference['ldam_drw_m0.5_s30_grad_W'],
                               rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(('scheme', 'normalizer', 'name'), [
    ('none', 'weights', 'ce_plain'),
    ('effective', 'weights', 'ce_drw'),
    ('none', 'batch', 'bf_ce_plain_divB'),
    ('effective', 'batch', 'bf_ce_drw_divB'),
])
def test_weighted_cross_entropy_through_the_linear_head(reference, scheme, normalizer, name):
    head = LinearClsHead(10, 10, loss=dict(
        type='ltplug.ReweightedCrossEntropyLoss', scheme=scheme, normalizer=normalizer,
        class_counts=reference['in_counts'].tolist()))
    head.fc = nn.Identity()
    logits = reference['in_logits'].clone().requires_grad_()
    samples = [DataSample().set_gt_label(int(label)) for label in reference['in_target']]
    value = head.loss((logits, ), samples)['loss']
    value.backward()
    grad = reference.get(f'{name}_grad')
    assert_equal(value.detach(), reference[name], None if grad is None else logits.grad, grad)


@pytest.mark.parametrize('beta', [0.9999, 0.999, 0.99])
@pytest.mark.parametrize(('normalizer', 'suffix'), [('weights', 'divW'), ('batch', 'divB')])
def test_class_balanced_softmax_equals_the_brute_force(reference, beta, normalizer, suffix):
    loss = ReweightedCrossEntropyLoss(beta=beta, normalizer=normalizer,
                                      class_counts=reference['in_counts'].tolist())
    value = loss(reference['in_logits'], reference['in_target'], avg_factor=24)
    assert_equal(value, reference[f'bf_cb_softmax_b{beta}_{suffix}'], rtol=1e-6)
    # A widespread port takes binary cross-entropy of softmax probabilities: another loss.
    assert value > 2 * reference[f'cb_portsoftmax_b{beta}']


@pytest.mark.parametrize('type_', LOSSES)
@pytest.mark.parametrize('scheme', ['none', 'effective'])
def test_labels_and_one_hot_scores_agree(reference, type_, scheme):
    loss = MODELS.build(dict(type=type_, scheme=scheme, class_counts=[50, 20, 5]))
    logits, labels = torch.randn(6, 3).tanh(), torch.tensor([0, 1, 2, 2, 1, 0])
    hard = loss(logits, labels, avg_factor=6)
    soft = loss(logits, F.one_hot(labels, 3), avg_factor=6)
    torch.testing.assert_close(soft, hard)


@pytest.mark.parametrize('type_', [t for t in LOSSES if t != 'ltplug.LDAMLoss'])
@pytest.mark.parametrize('scheme', ['none', 'effective'])
def test_the_loss_of_a_mixed_label_is_the_mix_of_losses(type_, scheme):
    loss = MODELS.build(dict(type=type_, scheme=scheme, class_counts=[50, 20, 5]))
    logits, first, second = torch.randn(3, 3), torch.tensor([0, 1, 2]), torch.tensor([2, 1, 0])
    mixed = 0.3 * F.one_hot(first, 3) + 0.7 * F.one_hot(second, 3)
    each = loss(logits, mixed, reduction_override='none')
    torch.testing.assert_close(each, 0.3 * loss(logits, first, reduction_override='none')
                               + 0.7 * loss(logits, second, reduction_override='none'))


@pytest.mark.parametrize('type_', LOSSES)
@pytest.mark.parametrize('augment', ['Mixup', 'CutMix'])
def test_training_with_mixed_images(type_, augment):
    model = MODELS.build(dict(
        type='ImageClassifier',
        backbone=dict(type='ltplug.CIFARResNet', depth=8),
        neck=dict(type='GlobalAveragePooling'),
        head=dict(type='LinearClsHead', num_classes=3, in_channels=64,
                  loss=dict(type=type_, scheme='effective', class_counts=[50, 20, 5])),
        data_preprocessor=dict(type='ClsDataPreprocessor', num_classes=3),
        train_cfg=dict(augments=dict(type=augment, alpha=1.0))))
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    batch = dict(inputs=torch.randint(0, 255, (6, 3, 8, 8), dtype=torch.uint8),
                 data_samples=[DataSample().set_gt_label(n % 3) for n in range(6)])
    before = model.head.fc.weight.detach().clone()
    for _ in range(2):
        assert model.train_step(batch, optimizer)['loss'].isfinite()
    assert not torch.equal(model.head.fc.weight, before)


@pytest.mark.parametrize('type_', LOSSES)
def test_reductions_sample_weights_and_loss_weight(type_):
    cfg = dict(type=type_, scheme='effective', normalizer='weights', class_counts=[50, 20, 5])
    loss = MODELS.build(dict(cfg, loss_weight=2.0))
    logits, labels = torch.randn(6, 3).tanh(), torch.tensor([0, 1, 2, 2, 1, 0])
    each = loss(logits, labels, reduction_override='none')
    assert each.shape == (6, )
    torch.testing.assert_close(loss(logits, labels, reduction_override='sum'), each.sum())
    weight = torch.tensor([1., 1., 1., 0., 0., 0.])
    torch.testing.assert_close(loss(logits, labels, weight), loss(logits[:3], labels[:3]))
    halved = MODELS.build(cfg)
    torch.testing.assert_close(loss(logits, labels), 2 * halved(logits, labels))


@pytest.mark.parametrize('avg_factor', [None, 6, 2.5])
@pytest.mark.parametrize('options', [
    dict(scheme='none'), dict(scheme='inverse', normalizer='batch')])
def test_weights_of_samples_follow_the_rule_of_mmpretrain(options, avg_factor):
    counts, weight = [50, 20, 5], torch.tensor([0.5, 0.5, 0.5, 0.1, 2.0, 0.0])
    logits, labels = torch.randn(6, 3), torch.tensor([0, 1, 2, 2, 1, 0])
    loss = ReweightedCrossEntropyLoss(class_counts=counts, **options)
    stock = MODELS.build(dict(
        type='CrossEntropyLoss', class_weight=None if options['scheme'] == 'none' else
        class_weights(np.array(counts), 'inverse').tolist()))
    torch.testing.assert_close(loss(logits, labels, weight, avg_factor),
                               stock(logits, labels, weight, avg_factor))


@pytest.mark.parametrize('type_', LOSSES)
@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_scores_are_computed_in_float32(type_, dtype):
    loss = MODELS.build(dict(type=type_, class_counts=[5000, 20, 1]))
    logits, labels = torch.randn(6, 3).tanh().to(dtype), torch.tensor([0, 1, 2, 2, 1, 0])
    value = loss(logits, labels)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, loss(logits.float(), labels))


@pytest.mark.parametrize('type_', LOSSES)
def test_mixed_precision_does_not_touch_mixed_labels_and_weights(type_):
    loss = MODELS.build(dict(type=type_, scheme='effective', normalizer='weights',
                             class_counts=[5000, 20, 1]))
    logits, target = torch.randn(6, 3).tanh(), torch.rand(6, 3).softmax(dim=1)
    expected = loss(logits, target)
    with torch.autocast('cpu', torch.bfloat16):
        torch.testing.assert_close(loss(logits, target), expected)


@pytest.mark.parametrize('type_', LOSSES)
def test_extreme_scores_stay_finite(type_):
    loss = MODELS.build(dict(type=type_, class_counts=[10**6, 1]))
    value, grad = value_and_grad(loss, torch.tensor([[1e4, -1e4], [-1e4, 1e4]]),
                                 torch.tensor([1, 0]))
    assert value.isfinite() and grad.isfinite().all()


def test_counts_of_the_constructor_win_and_no_state_is_saved():
    loss = LDAMLoss(class_counts=[9, 1])
    loss.set_class_counts([1, 9])
    assert loss.class_counts == [9, 1]
    assert not loss.state_dict()
    free = LDAMLoss()
    free.set_class_counts(np.array([1, 9]))
    assert free.class_counts == [1, 9]


def test_reweighting_can_be_switched():
    loss = ReweightedCrossEntropyLoss(scheme='none', class_counts=[90, 10])
    logits, labels = torch.randn(8, 2), torch.tensor([0, 0, 0, 0, 0, 0, 1, 1])
    plain = loss(logits, labels)
    torch.testing.assert_close(plain, F.cross_entropy(logits, labels))
    loss.set_reweighting('inverse')
    expected = F.cross_entropy(logits, labels, weight=torch.tensor([0.2, 1.8]))
    torch.testing.assert_close(loss(logits, labels), expected)


def test_plain_cross_entropy_needs_no_counts():
    logits, labels = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    loss = ReweightedCrossEntropyLoss(scheme='none')
    torch.testing.assert_close(loss(logits, labels), F.cross_entropy(logits, labels))


@pytest.mark.parametrize(('call', 'error', 'sentence'), [
    (lambda: LDAMLoss()(torch.zeros(1, 2), torch.tensor([0])), RuntimeError,
     'LDAMLoss needs the class counts and has none: add class_counts='),
    (lambda: ReweightedCrossEntropyLoss()(torch.zeros(1, 2), torch.tensor([0])), RuntimeError,
     'ReweightedCrossEntropyLoss needs the class counts'),
    (lambda: BalancedSoftmaxLoss([3, 2, 1])(torch.zeros(1, 2), torch.tensor([0])), ValueError,
     'counts of 3 classes but the head gives 2 scores'),
    (lambda: LDAMLoss(class_counts=[5, 0]), ValueError, r'Classes \[1\] have no training image'),
    (lambda: LDAMLoss(max_margin=-1), ValueError, 'must be positive, got -1'),
    (lambda: LDAMLoss(scheme='log'), ValueError, "got 'log'"),
    (lambda: LDAMLoss(beta=1), ValueError, r'beta must lie in \[0, 1\), got 1'),
    (lambda: LDAMLoss(normalizer='sum'), ValueError, "got 'sum'"),
    (lambda: ReweightedCrossEntropyLoss('none')(torch.zeros(2, 3), torch.zeros(2, 1)), ValueError,
     r'got labels \(2, 1\) with logits \(2, 3\)'),
    (lambda: ReweightedCrossEntropyLoss('none')(
        torch.zeros(1, 2), torch.tensor([0]), reduction_override='avg'), ValueError, "got 'avg'"),
])
def test_mistakes_are_told(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
