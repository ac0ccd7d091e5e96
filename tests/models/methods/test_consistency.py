from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from ltplug.engine import ConsistencyRampUpHook
from ltplug.models import MultiViewDataPreprocessor
from ltplug.ops import prediction_distance, prediction_divergence, ramp_up
from tests.models.methods.test_self_training import LDAM, MASK, build, marked_batch

BN = dict(backbone=dict(type='ltplug.CIFARResNet', depth=8))


def build_teacher(**kwargs):
    model = build('MeanTeacherClassifier', **kwargs)
    model.teacher.start(model.student())
    return model


def labelled_loss(model, images, labels):
    return F.cross_entropy(model.head(model.extract_feat(images))[MASK], labels[MASK])


def test_vat_looks_at_the_worst_small_change():
    views, samples, labels = marked_batch()
    model = build('VATClassifier', epsilon=0.5, unlabeled_weight=1.0)
    torch.manual_seed(1)
    found = model(views[0], samples, mode='loss')
    torch.testing.assert_close(found['labeled_loss'], labelled_loss(model, views[0], labels))
    logits = model.scores(views[0])
    random = torch.randn_like(views[0])
    random = 0.5 * random / random.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    by_chance = prediction_divergence(model.scores(views[0] + random), logits).mean()
    assert found['consistency_loss'] > 2 * by_chance
    found['consistency_loss'].backward()
    assert model.backbone.conv1.weight.grad.abs().max() > 0


@pytest.mark.parametrize('name', ['VATClassifier', 'MeanTeacherClassifier'])
def test_labels_of_the_pool_are_not_used(name):
    views, samples, _ = marked_batch()
    model = build(name, unlabeled_weight=0.7)
    inputs = views[0]
    if name == 'MeanTeacherClassifier':
        model.teacher.start(model.student())
        inputs = views
    torch.manual_seed(1)
    before = model(inputs, samples, mode='loss')
    for sample in samples:
        if not sample.is_labeled:
            sample.set_gt_label(-1)
    torch.manual_seed(1)
    after = model(inputs, samples, mode='loss')
    assert all(torch.equal(before[key], after[key]) for key in before)
    model.consistency_scale = 0.5
    torch.manual_seed(1)
    half = model(inputs, samples, mode='loss')
    torch.testing.assert_close(half['consistency_loss'], before['consistency_loss'] / 2)
    assert torch.equal(half['labeled_loss'], before['labeled_loss'])


def test_perturbed_images_leave_running_statistics_alone():
    views, samples, _ = marked_batch()
    models = [build(name, **BN) for name in ('VATClassifier', 'SelfTrainingClassifier')]
    for model in models:
        model(views[0], samples, mode='loss')
    means = [model.backbone.norm1.running_mean for model in models]
    assert means[0].any() and torch.equal(*means)


def test_cosines_are_scaled_before_they_are_compared():
    views, samples, _ = marked_batch()
    found = []
    for scale in (1.0, 30.0):
        model = build('VATClassifier', epsilon=0.1, loss=dict(LDAM, scale=scale))
        torch.manual_seed(1)
        found.append(model(views[0], samples, mode='loss')['consistency_loss'])
    assert found[1] > 20 * found[0]


def test_the_student_follows_the_teachers_other_view():
    views, samples, labels = marked_batch()
    model = build_teacher(unlabeled_weight=8.0)
    with torch.no_grad():
        model.teacher.module[0].conv1.weight.add_(0.1)
    found = model(views, samples, mode='loss')
    torch.testing.assert_close(found['labeled_loss'], labelled_loss(model, views[0], labels))
    target = model.teacher.module(views[1])
    expected = 8 * prediction_distance(model.scores(views[0]), target).mean()
    torch.testing.assert_close(found['consistency_loss'], expected)
    sum(found.values()).backward()
    assert all(p.grad is None for p in model.teacher.parameters())
    assert all(p.grad is not None for p in model.student().parameters())


def test_the_teacher_predicts():
    views, samples, _ = marked_batch()
    model = build_teacher().eval()
    with torch.no_grad():
        model.head.fc.weight.zero_()
        model.head.fc.bias.zero_()
    scores = torch.stack([each.pred_score for each in model(views[0], samples, mode='predict')])
    torch.testing.assert_close(scores, model.teacher(views[0]).softmax(dim=1))
    assert (scores.std(dim=1) > 1e-4).all(), 'those of the student are all equal'


@pytest.mark.parametrize(('name', 'kwargs', 'sentence'), [
    ('VATClassifier', dict(epsilon=0), 'epsilon and xi must be positive'),
    ('VATClassifier', dict(unlabeled_weight=-1), 'must not be negative'),
    ('MeanTeacherClassifier', dict(decay=2), 'decay must lie in'),
    ('MeanTeacherClassifier', dict(train_cfg=dict(augments=dict(type='Mixup', alpha=1.0))),
     'batch augments would mix'),
])
def test_mistakes_are_told(name, kwargs, sentence):
    with pytest.raises(ValueError, match=sentence):
        build(name, **kwargs)


def test_mean_teacher_says_what_it_needs():
    views, samples, _ = marked_batch()
    with pytest.raises(ValueError, match='MeanTeacherClassifier has no teacher yet: add default_h'):
        build('MeanTeacherClassifier')(views, samples, mode='loss')
    with pytest.raises(ValueError, match='takes a list of 2 views'):
        build_teacher()(views[0], samples, mode='loss')


def test_every_view_is_prepared_like_a_batch():
    preprocessor = MultiViewDataPreprocessor(mean=[1.0] * 3, std=[2.0] * 3, num_classes=3,
                                             to_rgb=True)
    images = torch.arange(24, dtype=torch.uint8).view(2, 3, 2, 2)
    plain = preprocessor({'inputs': images})['inputs']
    views = preprocessor({'inputs': [images, images + 1], 'data_samples': None}, True)['inputs']
    torch.testing.assert_close(plain, (images[:, [2, 1, 0]].float() - 1) / 2)
    torch.testing.assert_close(views[0], plain)
    torch.testing.assert_close(views[1], plain + 0.5)


def test_the_term_grows_over_the_first_epochs():
    model = build('VATClassifier')
    hook = ConsistencyRampUpHook(epochs=2)
    for iteration in (0, 5, 20, 50):
        hook.before_train_iter(SimpleNamespace(model=model, iter=iteration,
                                               train_dataloader=range(10)), 0)
        assert model.consistency_scale == ramp_up(iteration / 20)
    with pytest.raises(ValueError, match='finds no consistency term in a SelfTrainingClassifier'):
        hook.before_run(SimpleNamespace(model=build()))
    with pytest.raises(ValueError, match='epochs must be positive'):
        ConsistencyRampUpHook(0)
