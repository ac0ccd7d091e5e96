import inspect
import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from mmengine.config import Config
from mmpretrain.models.heads import ClsHead
from torch import nn

import ltplug.apis as lt
import ltplug.models.heads
from ltplug.apis.class_facts import ClassFacts
from ltplug.apis.classifier import Classifier
from ltplug.datasets.image_reader import ImageReader
from ltplug.engine.export import METADATA_FILE
from ltplug.engine.models import build_model
from ltplug.registry import MODELS


@MODELS.register_module(force=True)
class OneLayer(nn.Module):
    """A backbone with few operations, for writing a graph takes time for each."""

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, 64, 3, stride=2)
        self.norm = nn.BatchNorm2d(64)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.norm(self.conv(images)).relu(), )


CLASSES, COUNTS = 5, (100, 40, 20, 9, 2)
NAMES = ('cat', 'dog', 'owl', 'ant', 'b\u00e4r')
LINEAR = dict(type='LinearClsHead', num_classes=CLASSES, in_channels=64)
HEADS = {
    'linear': LINEAR,
    'balanced softmax': LINEAR | dict(loss=dict(type='ltplug.BalancedSoftmaxLoss')),
    'stacked': dict(type='StackedLinearClsHead', num_classes=CLASSES, in_channels=64,
                    mid_channels=[8]),
    'cosine': LINEAR | dict(type='ltplug.CosineLinearClsHead'),
    'cosine with scale': LINEAR | dict(type='ltplug.CosineLinearClsHead',
                                       loss=dict(type='ltplug.LDAMLoss', scale=30)),
    'scales': LINEAR | dict(type='ltplug.LearnableScaleLinearClsHead'),
    'scales of weights': LINEAR | dict(type='ltplug.LearnableScaleLinearClsHead',
                                       scale_bias=False),
    'adjusted': LINEAR | dict(type='ltplug.LogitAdjustedLinearClsHead', tau=1.5),
    'means': dict(type='ltplug.NearestClassMeanHead', num_classes=CLASSES, in_channels=64),
    'cosine means': dict(type='ltplug.NearestClassMeanHead', num_classes=CLASSES, in_channels=64,
                         metric='cosine', normalization='l2n'),
}
METHODS = {
    'two branches': dict(type='ltplug.DualBranchClassifier',
                         rotation_head=LINEAR | dict(num_classes=4)),
    'frozen': dict(type='ltplug.FrozenBackboneClassifier'),
    'self-training': dict(type='ltplug.SelfTrainingClassifier'),
    'vat': dict(type='ltplug.VATClassifier'),
    'mean teacher': dict(type='ltplug.MeanTeacherClassifier', head=HEADS['cosine with scale']),
}
CASES = {**{name: dict(head=head) for name, head in HEADS.items()}, **METHODS}
FILES = dict(type='CustomDataset', pipeline=[
    dict(type='LoadImageFromFile'), dict(type='ResizeEdge', scale=20, edge='short'),
    dict(type='CenterCrop', crop_size=16), dict(type='PackInputs')])


def classifier(model: dict, to_rgb: bool = True, dataset: dict = FILES, **more) -> Classifier:
    """Return a classifier with random weights and statistics."""
    torch.manual_seed(0)
    network = build_model(Config(dict(
        model=dict(dict(type='ImageClassifier', backbone=dict(type='ltplug.OneLayer'),
                        neck=dict(type='GlobalAveragePooling'), head=LINEAR), **model),
        data_preprocessor=dict(mean=[110.0, 120.0, 130.0], std=[50.0, 60.0, 70.0],
                               to_rgb=to_rgb, **more))))
    for name, tensor in [*network.named_parameters(), *network.named_buffers()]:
        if name.endswith(('scales', 'running_var', 'weight')) and tensor.ndim == 1:
            torch.nn.init.uniform_(tensor, 0.5, 1.5)
        elif name.endswith(('bias', 'running_mean')):
            torch.nn.init.uniform_(tensor, -1, 1)
        elif name.endswith('fc.weight'):
            torch.nn.init.normal_(tensor, std=0.1)
    for module in network.modules():
        if hasattr(module, 'set_class_counts'):
            module.set_class_counts(COUNTS)
        if hasattr(module, 'fit'):
            module.fit(torch.rand(40, 64), torch.arange(40) % CLASSES)
    return Classifier(network, ImageReader(dataset), ClassFacts(NAMES, COUNTS), Config(), 'random')


def run(path, images: np.ndarray) -> np.ndarray:
    """Return the scores that a file gives images [N, H, W, 3], RGB."""
    inputs = np.ascontiguousarray(images.transpose(0, 3, 1, 2).astype(np.float32))
    if path.suffix == '.onnx':
        session = onnxruntime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
        logits = torch.from_numpy(session.run(['logits'], {'images': inputs})[0])
    else:
        load = {'.pt': torch.jit.load, '.pt2': lambda path: torch.export.load(path).module()}
        with torch.no_grad():
            logits = load[path.suffix](path)(torch.from_numpy(inputs))
    return logits.softmax(dim=1).numpy()


def scores(model: Classifier, images: np.ndarray) -> np.ndarray:
    predictions = model.predict(images, topk=None, channel_order='rgb')
    return np.take_along_axis(predictions.scores, predictions.labels.argsort(axis=1), axis=1)


def pictures(number: int = 6, size: int = 16, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(0)
    noise = rng.integers(-60, 60, (number, size, size, channels))
    # unlike in colour, for noise alone looks the same to a network that averages
    return (noise + rng.integers(60, 196, (number, 1, 1, channels))).astype(np.uint8)


def still(size: int = 16) -> dict:
    """Return a config of images that the test leaves at their size."""
    return FILES | dict(pipeline=[FILES['pipeline'][0], dict(type='Resize', scale=(size, size)),
                                  FILES['pipeline'][-1]])


def test_all_heads_and_classifiers_are_tried():
    ours = {name for name, each in inspect.getmembers(ltplug.models.heads, inspect.isclass)
            if issubclass(each, ClsHead)}
    assert ours <= {head['type'].removeprefix('ltplug.') for head in HEADS.values()}
    classifiers = {name for name, each in MODELS.module_dict.items()
                   if issubclass(each, MODELS.get('mmpretrain.ImageClassifier'))}
    assert classifiers == {model['type'].removeprefix('ltplug.') for model in METHODS.values()}


def test_a_residual_network(tmp_path):
    model = classifier({'backbone': dict(type='ltplug.CIFARResNet', depth=8)}, dataset=still())
    found = run(lt.export(model, tmp_path / 'model.onnx'), pictures())
    np.testing.assert_allclose(found, scores(model, pictures()), atol=1e-5)


ONNX = ('linear', 'stacked', 'cosine with scale', 'scales', 'adjusted', 'means', 'cosine means',
        'two branches', 'frozen', 'mean teacher')


# .pt2 holds what .onnx is made of
@pytest.mark.parametrize(('case', 'ending'), [
    *((case, '.pt') for case in CASES), *((case, '.onnx') for case in ONNX),
    *((case, '.pt2') for case in ('cosine with scale', 'means', 'frozen', 'mean teacher'))])
def test_a_file_gives_the_scores_of_the_model(case, ending, tmp_path):
    model = classifier(CASES[case], dataset=still())
    path = lt.export(model, tmp_path / 'new' / f'model{ending}')
    images = pictures()
    expected = scores(model, images)
    assert expected.std(axis=0).max() > 1e-3, 'images must differ in their scores'
    for number in (1, 6):
        np.testing.assert_allclose(run(path, images[:number]), expected[:number], atol=1e-5)


def test_the_branch_that_predicts_is_exported(tmp_path):
    model = classifier(METHODS['two branches'], dataset=still())
    before = run(lt.export(model, tmp_path / 'a.pt'), pictures())
    torch.nn.init.normal_(model.model.uniform_head.fc.weight)
    np.testing.assert_array_equal(run(lt.export(model, tmp_path / 'b.pt'), pictures()), before)
    torch.nn.init.normal_(model.model.head.fc.weight)
    after = run(lt.export(model, tmp_path / 'c.pt'), pictures())
    assert np.abs(after - before).max() > 1e-2


@pytest.mark.parametrize('to_rgb', [True, False])
@pytest.mark.parametrize('loader', ['LoadImageFromFile', 'ltplug.LoadRGBImageFromFile'])
def test_the_input_is_rgb_whatever_the_model_was_trained_on(loader, to_rgb, tmp_path):
    dataset = still()
    dataset['pipeline'][0] = dict(type=loader)
    model = classifier({}, to_rgb, dataset)
    images = pictures()
    found = run(lt.export(model, tmp_path / 'model.pt'), images)
    np.testing.assert_allclose(found, scores(model, images), atol=1e-5)
    assert np.abs(run(tmp_path / 'model.pt', images[..., ::-1]) - found).max() > 1e-3


def test_gray_models_and_padding(tmp_path):
    dataset = FILES | dict(pipeline=[
        dict(type='LoadImageFromFile', color_type='grayscale'), *still(18)['pipeline'][1:]])
    model = classifier({'backbone': dict(type='ltplug.OneLayer', in_channels=1)},
                       False, dataset, pad_size_divisor=8)
    model.model.data_preprocessor.mean = torch.tensor([[[110.0]]])
    model.model.data_preprocessor.std = torch.tensor([[[50.0]]])
    path = lt.export(model, tmp_path / 'gray.pt')
    images = pictures(size=18, channels=1)
    predictions = model.predict(list(images), topk=None)
    found = run(path, images)
    np.testing.assert_allclose(np.sort(found)[:, ::-1], predictions.scores, atol=1e-5)


def test_metadata(tmp_path):
    model, found = classifier({}), {}
    for ending in ('.onnx', '.pt2', '.pt'):
        path = lt.export(model, tmp_path / f'model{ending}')
        extra = {METADATA_FILE: ''}
        if ending == '.onnx':
            content = onnx.load(path)
            onnx.checker.check_model(content)
            found[ending] = {entry.key: entry.value for entry in content.metadata_props}
            batch = content.graph.input[0].type.tensor_type.shape.dim[0]
            assert content.graph.input[0].name == 'images' and not batch.HasField('dim_value')
            continue
        if ending == '.pt2':
            torch.export.load(path, extra_files=extra)
        else:
            torch.jit.load(path, _extra_files=extra)
        found[ending] = json.loads(extra[METADATA_FILE])
    metadata = found['.onnx']
    assert found['.pt2'] == found['.pt'] == metadata
    assert json.loads(metadata['classes']) == list(NAMES)
    assert json.loads(metadata['class_counts']) == list(COUNTS)
    assert 'float32 [N, 3, 16, 16], RGB, values in [0, 255]' in metadata['input']
    assert 'softmax' in metadata['output']
    assert [step['type'] for step in json.loads(metadata['transforms'])] == [
        'ResizeEdge', 'CenterCrop']
    assert len(list(tmp_path.iterdir())) == 3, 'one file each'


def test_the_model_stays_as_it_is(tmp_path):
    model = classifier({})
    before = {name: value.clone() for name, value in model.model.state_dict().items()}
    torch.manual_seed(5)
    lt.export(model, tmp_path / 'model.pt')
    expected = torch.Generator().manual_seed(5)
    assert torch.rand(1) == torch.rand(1, generator=expected)
    assert all(value.equal(before[name]) for name, value in model.model.state_dict().items())


def test_a_size_is_needed_where_images_have_none(tmp_path):
    loose = FILES | dict(pipeline=[*FILES['pipeline'][:2], FILES['pipeline'][-1]])
    model = classifier({}, dataset=loose)
    with pytest.raises(ValueError, match='pass image_size=PIXELS'):
        lt.export(model, tmp_path / 'x.pt')
    path = lt.export(model, tmp_path / 'x.pt', image_size=24)
    np.testing.assert_allclose(run(path, pictures(size=24)).sum(axis=1), 1, atol=1e-5)


def test_what_cannot_be_exported_is_told(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r'exported as .onnx, .pt2, .pt, not as .*x.tflite'):
        lt.export(classifier({}), tmp_path / 'x.tflite')
    inverted = FILES | dict(pipeline=[
        *FILES['pipeline'][:3], dict(type='NumpyToPIL'),
        dict(type='torchvision/RandomInvert', p=1.0), dict(type='PILToNumpy'),
        FILES['pipeline'][-1]])
    with pytest.raises(ValueError, match='change the colours or values'):
        lt.export(classifier({}, dataset=inverted), tmp_path / 'x.pt')
    own = classifier({'head': dict(type='MultiLabelLinearClsHead', num_classes=CLASSES,
                                   in_channels=64)})
    with pytest.raises(ValueError, match='MultiLabelLinearClsHead makes its scores in a way of'):
        lt.export(own, tmp_path / 'x.pt')
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(ImportError, match=r'needs onnx and onnxscript: pip install .ltplug.exp'):
        lt.export(classifier({}), tmp_path / 'x.onnx')
    assert not list(tmp_path.iterdir())


def test_a_file_that_differs_is_not_left(tmp_path, monkeypatch):
    monkeypatch.setattr('ltplug.apis.exporting.WRITERS', {
        '.pt': lambda module, example, path, metadata: path.touch() or (
            lambda images: np.zeros((len(images), CLASSES), np.float32))})
    with pytest.raises(RuntimeError, match='scores of the exported model differ by'):
        lt.export(classifier({}), tmp_path / 'x.pt')
    assert not list(tmp_path.iterdir())
