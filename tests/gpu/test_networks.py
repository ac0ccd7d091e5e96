"""Layout, recomputation and compiling of networks on a GPU."""

import copy
import shutil

import pytest
import torch

from ltplug.models.utils.activation_checkpointing import checkpoint_activations
from ltplug.models.utils.channels_last import use_channels_last
from ltplug.models.utils.compiled_backbones import compile_backbones
from ltplug.registry import MODELS
from tests.apis.captured import captured, one_step, small
from tests.apis.test_switches_of_every_method import path_of

if not torch.cuda.is_available():
    pytest.skip('This needs a GPU.', allow_module_level=True)

CLASSIFIER = dict(
    type='ImageClassifier', backbone=dict(type='ltplug.ResNet', depth=50),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(type='LinearClsHead', num_classes=10, in_channels=2048))


@pytest.fixture(autouse=True)
def exact_float32(monkeypatch):
    """Neither TF32 nor another algorithm in every call."""
    monkeypatch.setattr(torch.backends.cudnn, 'allow_tf32', False)
    monkeypatch.setattr(torch.backends.cudnn, 'deterministic', True)


def gradients_and_memory(model, images):
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    scores = model.head(model.extract_feat(images))
    held = torch.cuda.memory_allocated() - before
    torch.nn.functional.cross_entropy(scores, torch.arange(len(images)).cuda() % 10).backward()
    return {name: parameter.grad for name, parameter in model.named_parameters()}, held


def test_recomputed_blocks_hold_less_memory_and_learn_the_same():
    torch.manual_seed(0)
    plain = MODELS.build(CLASSIFIER).cuda().train()
    recomputed = copy.deepcopy(plain)
    assert checkpoint_activations(recomputed) == 16
    images = torch.randn(16, 3, 128, 128, device='cuda')
    expected, much = gradients_and_memory(plain, images)
    found, little = gradients_and_memory(recomputed, images)
    assert little < 0.5 * much
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(recomputed.state_dict(), plain.state_dict())


def test_channels_last_learns_the_same():
    torch.manual_seed(0)
    plain = MODELS.build({**CLASSIFIER, 'data_preprocessor': dict(type='ClsDataPreprocessor')})
    plain = plain.cuda().eval()  # without batch norm that magnifies rounding
    other = copy.deepcopy(plain)
    use_channels_last(other)
    images = torch.randint(256, (8, 3, 64, 64), dtype=torch.uint8)
    prepared = other.data_preprocessor(dict(inputs=images))['inputs']
    assert prepared.is_cuda and prepared.is_contiguous(memory_format=torch.channels_last)
    maps = []
    other.backbone.layer4.register_forward_hook(lambda *args: maps.append(args[2]))
    scores = other.head(other.extract_feat(prepared / 255))
    assert maps[0].is_contiguous(memory_format=torch.channels_last)
    expected = plain.head(plain.extract_feat(images.cuda() / 255))
    torch.testing.assert_close(scores, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.skipif(not (shutil.which('cc') or shutil.which('gcc')),
                    reason='The default back-end needs a C compiler.')
def test_inductor_compiles_both_branches_of_sdclr_in_bfloat16(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, batch = captured(small(path_of('sdclr'), tmp_path, channels_last=True))
    compiled = copy.deepcopy(model)
    torch._dynamo.reset()
    assert compile_backbones(compiled) == 1
    results = [one_step(each, batch, torch.autocast('cuda', dtype=torch.bfloat16))
               for each in (model, compiled)]
    (expected, _, state), (found, gradients, new_state) = results
    torch.testing.assert_close(found['loss'], expected['loss'], rtol=0.02, atol=0.02)
    assert new_state.keys() == state.keys()
    assert all(gradient.isfinite().all() for gradient in gradients.values())
    for key, value in state.items():
        if key.endswith('num_batches_tracked'):
            assert new_state[key] == value
