import numpy as np
import pytest
import torch

from ltplug.ops import class_means, nearest_class_mean_logits, normalize_features

every_normalization = pytest.mark.parametrize('normalization', ['un', 'l2n', 'cl2n'])
arrays_and_tensors = pytest.mark.parametrize('kind', [np.asarray, torch.from_numpy])


@every_normalization
@arrays_and_tensors
def test_means_equal_the_reference(golden, normalization, kind):
    arrays = golden('rebal_classifiers')
    features = kind(arrays['in_ncm_train_feat'])
    mean = features.mean(axis=0)
    np.testing.assert_allclose(mean, arrays['ncm_mean'], rtol=1e-5, atol=1e-6)
    normalized = normalize_features(features, normalization, mean)
    means = class_means(normalized, kind(arrays['in_ncm_train_label']), 8)
    assert isinstance(means, type(features)) and means.dtype == features.dtype
    np.testing.assert_allclose(means, arrays[f'ncm_{normalization}cs'], rtol=1e-5, atol=1e-6)


@every_normalization
@arrays_and_tensors
@pytest.mark.parametrize(('metric', 'name'), [('l2', 'l2'), ('dot', 'cos')])
def test_logits_and_classes_equal_the_reference(golden, normalization, kind, metric, name):
    arrays = golden('rebal_classifiers')
    features = normalize_features(kind(arrays['in_feat']), normalization, kind(arrays['ncm_mean']))
    means = kind(arrays[f'ncm_{normalization}cs'])
    logits = nearest_class_mean_logits(features, means, metric)
    assert isinstance(logits, type(features))
    name = f'ncm_{normalization}_{name}'
    np.testing.assert_allclose(logits, arrays[f'{name}_logits'], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(logits.argmax(1), arrays[f'{name}_pred'])


@arrays_and_tensors
def test_cosines_ignore_the_length_of_the_means(kind):
    features, means = np.array([[2.0, 0.0], [1.0, 1.0]]), np.array([[0.1, 0.0], [0.0, 9.0]])
    logits = nearest_class_mean_logits(kind(features), kind(means), 'cosine')
    np.testing.assert_allclose(logits, [[1, 0], [0.5**0.5, 0.5**0.5]], atol=1e-12)
    assert nearest_class_mean_logits(features[1:], means, 'dot').argmax() == 1


def test_distances_far_from_the_origin_keep_their_digits():
    rng = np.random.default_rng(0)
    features, means = rng.normal(size=(30, 16)), rng.normal(size=(5, 16))
    expected = -((features[:, None] - means)**2).sum(axis=2)
    far = [(array + 1000).astype(np.float32) for array in (features, means)]
    np.testing.assert_allclose(nearest_class_mean_logits(*far), expected, rtol=1e-3)


def test_half_precision_means_are_not_summed_in_half_precision():
    features = torch.full((3000, 1), 100.0, dtype=torch.float16)
    labels = torch.zeros(3000, dtype=torch.int64)
    assert class_means(features, labels, 1).item() == 100
    assert class_means(features.numpy(), labels.numpy(), 1).item() == 100


def test_a_feature_of_zeros_stays_finite():
    zeros = torch.zeros(1, 3)
    assert normalize_features(zeros, 'l2n').equal(zeros)
    assert nearest_class_mean_logits(zeros, torch.ones(2, 3), 'cosine').equal(torch.zeros(1, 2))


@pytest.mark.parametrize(('call', 'sentence'), [
    (lambda: normalize_features(np.ones((1, 2)), 'l2'), "one of un, l2n, cl2n, got 'l2'"),
    (lambda: normalize_features(np.ones((1, 2)), 'cl2n'), "'cl2n' subtracts the mean"),
    (lambda: nearest_class_mean_logits(np.ones((1, 2)), np.ones((1, 2)), 'cos'),
     "metric must be one of l2, cosine, dot, got 'cos'"),
    (lambda: class_means(np.ones((2, 2)), np.array([0]), 1), '2 features for 1 labels'),
    (lambda: class_means(np.ones((2, 2)), np.array([0, 2]), 2), 'from 0 to 2, but there are 2'),
    (lambda: class_means(np.ones((2, 2)), np.array([0, -1]), 2), 'from -1 to 0'),
    (lambda: class_means(np.ones((2, 2)), np.array([0, 2]), 4),
     r'Classes \[1, 3\] have no training image'),
])
def test_mistakes_are_told(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
