import torch

from ltplug.models import CosineLinearClsHead


def head(**loss):
    return CosineLinearClsHead(4, 8, loss=loss)


def test_scores_are_cosines():
    module = head(type='ltplug.LDAMLoss')
    features = torch.randn(5, 8) * 100
    cosines = torch.nn.functional.cosine_similarity(
        features[:, None], module.fc.weight[None], dim=2)
    torch.testing.assert_close(module((features, )), cosines)
    assert module.fc.weight.norm(dim=1).allclose(torch.ones(4))
    assert module.fc.weight.std() > 0.1


def test_predicted_scores_use_the_scale_of_the_loss():
    module = head(type='ltplug.LDAMLoss', scale=30)
    features = (torch.randn(5, 8), )
    samples = module.predict(features)
    expected = (30 * module(features)).softmax(dim=1)
    torch.testing.assert_close(torch.stack([s.pred_score for s in samples]), expected)
    plain = head(type='CrossEntropyLoss')
    plain.load_state_dict(module.state_dict())
    samples = plain.predict(features)
    torch.testing.assert_close(torch.stack([s.pred_score for s in samples]),
                               module(features).softmax(dim=1))
    assert [int(s.pred_label) for s in samples] == expected.argmax(dim=1).tolist()


def test_cosines_keep_float32_under_mixed_precision():
    module, features = head(type='ltplug.LDAMLoss'), (torch.randn(5, 8), )
    with torch.autocast('cpu', dtype=torch.bfloat16):
        cosines = module(features)
    torch.testing.assert_close(cosines, module(features), rtol=0, atol=0)
