import io

import numpy as np
import pytest
import torch

from ltplug.models import NearestClassMeanHead


def fitted(arrays, **kwargs):
    head = NearestClassMeanHead(8, 12, **kwargs)
    head.fit(torch.from_numpy(arrays['in_ncm_train_feat']),
             torch.from_numpy(arrays['in_ncm_train_label']))
    return head


@pytest.mark.parametrize('normalization', ['un', 'l2n', 'cl2n'])
@pytest.mark.parametrize(('metric', 'name'), [('l2', 'l2'), ('dot', 'cos')])
def test_predictions_equal_the_reference(golden, normalization, metric, name):
    arrays = golden('rebal_classifiers')
    head = fitted(arrays, metric=metric, normalization=normalization)
    np.testing.assert_allclose(head.training_mean, arrays['ncm_mean'], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(head.class_means, arrays[f'ncm_{normalization}cs'], rtol=1e-5,
                               atol=1e-6)
    features = (torch.from_numpy(arrays['in_feat']), )
    name = f'ncm_{normalization}_{name}'
    np.testing.assert_allclose(head(features), arrays[f'{name}_logits'], rtol=1e-5, atol=3e-6)
    found = [int(sample.pred_label) for sample in head.predict(features)]
    assert found == arrays[f'{name}_pred'].tolist()


def test_the_default_is_that_of_the_authors_code(golden):
    arrays = golden('rebal_classifiers')
    logits = fitted(arrays)((torch.from_numpy(arrays['in_feat']), ))
    np.testing.assert_allclose(logits, arrays['ncm_cl2n_l2_logits'], rtol=1e-5, atol=1e-6)


def test_a_checkpoint_keeps_the_means(golden):
    arrays, file = golden('rebal_classifiers'), io.BytesIO()
    head = fitted(arrays)
    torch.save(head.state_dict(), file)
    file.seek(0)
    again = NearestClassMeanHead(8, 12)
    again.load_state_dict(torch.load(file, weights_only=True))
    features = (torch.from_numpy(arrays['in_feat']), )
    assert again(features).equal(head(features))


def test_logits_keep_float32_under_mixed_precision(golden):
    arrays = golden('rebal_classifiers')
    head, features = fitted(arrays), (torch.from_numpy(arrays['in_feat']), )
    with torch.autocast('cpu', dtype=torch.bfloat16):
        logits = head(features)
    assert logits.equal(head(features))


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="metric must be one of l2, cosine, dot, got 'l1'"):
        NearestClassMeanHead(2, 3, metric='l1')
    with pytest.raises(ValueError, match="normalization must be one of .* got 'z'"):
        NearestClassMeanHead(2, 3, normalization='z')
    head = NearestClassMeanHead(2, 3)
    with pytest.raises(RuntimeError, match='NearestClassMeanHead has no class means: load'):
        head.predict((torch.zeros(1, 3), ))
    with pytest.raises(RuntimeError, match='NearestClassMeanHead predicts only'):
        head.loss((torch.zeros(1, 3), ), [])
    with pytest.raises(ValueError, match=r'in_channels=3, but the features .* \(5, 4\)'):
        head.fit(torch.zeros(5, 4), torch.zeros(5, dtype=torch.int64))
    with pytest.raises(ValueError, match=r'Classes \[1\] have no training image'):
        head.fit(torch.zeros(5, 3), torch.zeros(5, dtype=torch.int64))
