import numpy as np
import pytest
import torch
from mmengine.model import MMDistributedDataParallel

from ltplug.models import KPositiveSupConLoss, SupConLoss, TargetedSupConLoss
from tests.models.methods.small import LABELS, QUEUE, batch, build
from tests.ranks import on_two_ranks

SCL = dict(type='ltplug.SupConLoss', temperature=0.2)
KCL = dict(type='ltplug.KPositiveSupConLoss', temperature=0.2, k=1)
TSC = dict(type='ltplug.TargetedSupConLoss', temperature=0.2, k=1)
TARGETS = dict(type='ltplug.ClassTargets', num_classes=3, dim=16)
METHODS = [(name, dict(loss=loss, **targets, **queue))
           for name, queue in (('SupCon', {}), ('SupConMoCo', QUEUE))
           for loss, targets in ((SCL, {}), (KCL, {}), (TSC, dict(class_targets=TARGETS)))]


def test_the_loss_is_that_of_the_projected_views():
    model, (views, samples) = build('SupCon', loss=SCL), batch(num_views=3)
    found = model(views, samples, mode='loss')['loss']
    features = torch.stack([model.project(view) for view in views], dim=1)
    torch.testing.assert_close(features.norm(dim=2), torch.ones(6, 3))
    torch.testing.assert_close(found, SupConLoss(0.2)(features, torch.tensor(LABELS)))


def test_features_are_those_of_the_backbone():
    model, (views, _) = build('SupCon', loss=SCL), batch()
    features = model(views[0])
    torch.testing.assert_close(features, model.backbone(views[0])[-1].mean(dim=(2, 3)))
    assert features.shape == (6, 64) and model(views, mode='tensor').equal(features)


@pytest.mark.parametrize(('name', 'kwargs'), METHODS)
def test_every_parameter_of_the_encoder_learns(name, kwargs):
    model = build(name, **kwargs)
    model(*batch(), mode='loss')['loss'].backward()
    for parameter_name, parameter in model.named_parameters():
        if parameter_name.startswith('encoder_k'):
            assert parameter.grad is None and not parameter.requires_grad
        else:
            assert parameter.grad.isfinite().all() and parameter.grad.any(), parameter_name


def test_keys_come_from_the_average_of_the_encoder_and_enter_the_queue_after_the_loss():
    model, (views, samples) = build('SupConMoCo', loss=dict(SCL), **QUEUE), batch()
    empty = model.queue.entries()
    found = model(views, samples, mode='loss')['loss']
    query, key = model.project(views[0]), model.project(views[1])
    loss = KPositiveSupConLoss(0.2, k=None)
    labels = torch.tensor(LABELS)
    torch.testing.assert_close(
        found, loss.with_queue(query, key, labels, empty.features, empty.labels))
    assert model.queue.indices.tolist() == [0, 1, 2, 3, 4, 5] + [-1] * 6
    assert model.queue.labels[:6].equal(labels)
    torch.testing.assert_close(model.queue.features[:6], key)

    before = model.encoder_k.module[1].mlp[2].weight.clone()
    with torch.no_grad():
        model.neck.mlp[2].weight.add_(1)
    model(*batch(seed=1, marked=False), mode='loss')
    expected = 0.95 * before + 0.05 * model.neck.mlp[2].weight
    torch.testing.assert_close(model.encoder_k.module[1].mlp[2].weight, expected)
    assert model.queue.indices[6:].eq(-1).all() and model.queue.labels[6:].equal(labels)


def test_targets_reach_the_loss():
    model, (views, samples) = build('SupCon', loss=TSC, class_targets=TARGETS), batch()
    np.random.seed(0)
    found = model(views, samples, mode='loss')['loss']
    features = torch.stack([model.project(view) for view in views], dim=1)
    targets = model.class_targets.points[model.class_targets.target_of_class]
    np.random.seed(0)
    expected = TargetedSupConLoss(0.2, 1)(features, torch.tensor(LABELS), targets=targets)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(('name', 'queue'), [('SupCon', {}), ('SupConMoCo', QUEUE)])
def test_temperatures_of_classes_reach_the_loss(name, queue):
    loss, labels = dict(TSC, k=None), torch.tensor(LABELS)
    model, (views, samples) = build(name, loss=loss, class_targets=TARGETS,
                                    dynamic_temperature=True, **queue), batch()
    with pytest.raises(ValueError, match='add temperatures=dict\\(type="ltplug.ClassTempera'):
        model(views, samples, mode='loss')
    model.temperatures.allocate(3, 0.2)
    for temperature in (torch.full((3, ), 0.2), torch.tensor([0.3, 0.4, 0.5])):
        if temperature[0] > 0.2:
            model.temperatures.fill(temperature, 1)
        entries = model.queue.entries() if queue else None
        found = model(views, samples, mode='loss')['loss']
        query, key = (model.project(view) for view in views)
        args = (query, key, labels, entries.features, entries.labels) if queue else (
            torch.stack([query, key], dim=1), labels)
        expected = TargetedSupConLoss(0.2, None)(
            *args, targets=model.class_targets.points[model.class_targets.target_of_class],
            class_temperature=temperature)
        torch.testing.assert_close(found, expected)


def train(rank, method, sizes):
    name, kwargs = method
    model = build(name, **kwargs)
    if len(sizes) > 1:
        model = MMDistributedDataParallel(model, broadcast_buffers=False)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05)
    share, losses = slice(sum(sizes[:rank]), sum(sizes[:rank + 1])), []
    for step in range(4):
        views, samples = batch(seed=step)
        np.random.seed(step + 100 * rank)  # ranks draw apart, as IterationSeedHook lets them
        torch.manual_seed(step + 100 * rank)
        optimizer.zero_grad()
        loss = model([view[share] for view in views], samples[share], mode='loss')['loss']
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, getattr(model, 'module', model).state_dict()


@pytest.mark.parametrize('sizes', [(3, 3), (2, 4)])
def test_two_ranks_learn_what_one_process_learns(sizes):
    expected = [train(0, method, (6, )) for method in METHODS]
    first, second = on_two_ranks(train_all, sizes)
    for method, (losses, state), one, other in zip(METHODS, expected, first, second, strict=True):
        np.testing.assert_allclose((np.array(one[0]) + other[0]) / 2, losses, atol=1e-5)
        for key, value in state.items():
            for found in (one[1][key], other[1][key]):
                torch.testing.assert_close(found, value, rtol=1e-5, atol=1e-5,
                                           msg=f'{method} {key}')


def train_all(rank, sizes):
    return [train(rank, method, sizes) for method in METHODS]


def test_mistakes_are_told():
    with pytest.raises(ValueError, match='go together: give both or none'):
        build('SupCon', loss=TSC)
    with pytest.raises(ValueError, match='go together: give both or none'):
        build('SupCon', loss=SCL, class_targets=TARGETS)
    with pytest.raises(ValueError, match='needs loss=.*TargetedSupConLoss"\\), got SupConLoss'):
        build('SupCon', loss=SCL, dynamic_temperature=True)
    views, samples = batch()
    with pytest.raises(ValueError, match="list of several views.*dict\\(type='MultiView'"):
        build('SupCon', loss=SCL)(views[0], samples, mode='loss')
    with pytest.raises(ValueError, match='list of 2 views'):
        build('SupConMoCo', loss=SCL, **QUEUE)(views[:1], samples, mode='loss')
