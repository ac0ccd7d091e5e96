import pytest
import torch
import torch.nn.functional as F

from ltplug.models import LDAMLoss, ReweightedCrossEntropyLoss
from ltplug.models.utils import weighted_head_loss
from ltplug.registry import MODELS
from tests.models.methods.small import batch
from tests.models.methods.small import build as build_small
from tests.ranks import on_two_ranks

HEAD = dict(type='LinearClsHead', num_classes=3, in_channels=64)
PLAIN = dict(type='ltplug.ReweightedCrossEntropyLoss', scheme='none')
WEIGHTED = dict(type='ltplug.ReweightedCrossEntropyLoss', class_counts=[9, 3, 1])
LDAM = dict(type='ltplug.LDAMLoss', class_counts=[9, 3, 1])
MARKS = [True, False, True, False, False, True]
MASK = torch.tensor(MARKS)


def build(name='SelfTrainingClassifier', loss=PLAIN, **kwargs):
    return build_small(name, neck=dict(type='GlobalAveragePooling'),
                       head=dict(loss=loss, **HEAD), **kwargs)


def marked_batch(marks=MARKS, seed=0):
    views, samples = batch(seed=seed)
    for sample, mark in zip(samples, marks, strict=True):
        sample.set_metainfo({'is_labeled': mark})
    return views, samples, torch.cat([sample.gt_label for sample in samples])


@pytest.mark.parametrize('loss', [PLAIN, WEIGHTED, LDAM])
def test_weight_one_is_plain_training_on_both(loss):
    views, samples, _ = marked_batch()
    model = build(loss=loss)
    plain = model.head.loss(model.extract_feat(views[0]), samples)['loss']
    torch.testing.assert_close(model(views[0], samples, mode='loss')['loss'], plain)


def test_joint_mean_weighs_single_images():
    views, samples, labels = marked_batch()
    model = build(unlabeled_weight=0.3)
    losses = F.cross_entropy(model.head(model.extract_feat(views[0])), labels, reduction='none')
    weight = torch.where(MASK, 1.0, 0.3)
    expected = (weight * losses).sum() / weight.sum()
    torch.testing.assert_close(model(views[0], samples, mode='loss')['loss'], expected)


@pytest.mark.parametrize('loss', [PLAIN, WEIGHTED])
def test_separate_means_weigh_the_terms(loss):
    views, samples, labels = marked_batch()
    model = build(loss=loss, unlabeled_weight=0.3, mean='separate')
    found = model(views[0], samples, mode='loss')
    scores = model.head(model.extract_feat(views[0]))
    module = ReweightedCrossEntropyLoss(scheme=loss.get('scheme', 'effective'),
                                        class_counts=[9, 3, 1])
    torch.testing.assert_close(found['labeled_loss'], module(scores[MASK], labels[MASK]))
    torch.testing.assert_close(found['unlabeled_loss'], 0.3 * module(scores[~MASK], labels[~MASK]))


@pytest.mark.parametrize('mark', [True, False])
@pytest.mark.parametrize('loss', [PLAIN, dict(type='CrossEntropyLoss')])
def test_a_batch_of_one_kind_has_one_term(mark, loss):
    views, samples, labels = marked_batch([mark] * 6)
    model = build(loss=loss, mean='separate')
    found = model(views[0], samples, mode='loss')
    expected = F.cross_entropy(model.head(model.extract_feat(views[0])), labels)
    terms = [found['labeled_loss'], found['unlabeled_loss']]
    torch.testing.assert_close(terms[not mark], expected)
    assert terms[mark] == 0
    sum(terms).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())


def test_the_loss_knows_margins_of_all_images():
    views, samples, labels = marked_batch()
    model = build(loss=LDAM, unlabeled_weight=2.0)
    losses = LDAMLoss(class_counts=[9, 3, 1])(model.head(model.extract_feat(views[0])), labels,
                                               reduction_override='none')
    weight = torch.where(MASK, 1.0, 2.0)
    torch.testing.assert_close(model(views[0], samples, mode='loss')['loss'],
                               (weight * losses).sum() / weight.sum())


@pytest.mark.parametrize(('kwargs', 'sentence'), [
    (dict(unlabeled_weight=-1), 'must not be negative, got -1'),
    (dict(mean='sum'), "must be 'joint' or 'separate', got 'sum'"),
    (dict(train_cfg=dict(augments=dict(type='Mixup', alpha=1.0))), 'batch augments would mix'),
])
def test_mistakes_are_told(kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        build(**kwargs)


def test_samples_without_marks_are_told():
    views, samples = batch()
    with pytest.raises(ValueError, match='let the training dataset be an ltplug.Pseudo'):
        build()(views[0], samples, mode='loss')


def share(rank, mean):
    """Return the gradient of this rank's part, whose labelled images are unevenly spread."""
    views, samples, _ = marked_batch()
    part = slice(0, 2) if rank == 0 else slice(2, 6)
    model = build(loss=WEIGHTED, unlabeled_weight=0.3, mean=mean)
    sum(model(views[0][part], samples[part], mode='loss').values()).backward()
    return [parameter.grad for parameter in model.parameters()]


@pytest.mark.parametrize('mean', ['joint', 'separate'])
def test_two_ranks_with_uneven_shares_have_the_gradient_of_one(mean):
    views, samples, _ = marked_batch()
    model = build(loss=WEIGHTED, unlabeled_weight=0.3, mean=mean)
    sum(model(views[0], samples, mode='loss').values()).backward()
    first, second = on_two_ranks(share, mean)
    for one, other, parameter in zip(first, second, model.parameters(), strict=True):
        torch.testing.assert_close((one + other) / 2, parameter.grad, rtol=1e-4, atol=1e-6)


def head_loss(rank, scores, labels, weight, shares, loss):
    share = shares[rank]
    head = MODELS.build(dict(HEAD, loss=loss))
    return weighted_head_loss(head, scores[share], labels[share], weight[share])


@pytest.mark.parametrize('loss', [PLAIN, dict(type='CrossEntropyLoss')])
def test_ranks_share_the_sum_of_weights(loss):
    scores = torch.randn(7, 3, generator=torch.Generator().manual_seed(0))
    labels, weight = torch.tensor([0, 1, 2, 0, 1, 2, 0]), torch.tensor([1, 1, 1, 1, 0, 0, 0.3])
    shares = slice(0, 4), slice(4, 7)
    found = on_two_ranks(head_loss, scores, labels, weight, shares, loss)
    losses = F.cross_entropy(scores, labels, reduction='none')
    # DDP averages the gradients of the ranks
    torch.testing.assert_close(sum(found) / 2, (weight * losses).sum() / weight.sum())
