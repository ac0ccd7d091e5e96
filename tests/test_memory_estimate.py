"""What the estimate of memory says about the losses is what they need."""

import importlib.util
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from ltplug.registry import MODELS

FILE = Path(__file__).parent.parent / 'tools/analysis/benchmark_memory.py'
ANCHORS, QUEUE, PATCHES = 32, 8192, 2


@pytest.fixture(scope='module')
def tool():
    spec = importlib.util.spec_from_file_location('benchmark_memory', FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def unit(*shape):
    return F.normalize(torch.randn(*shape, 16), dim=-1)


def bytes_of_step(tool, name):
    """Return the peak of a loss and its backward, by pairs."""
    model = tool.METHODS[name][0] if name != 'pbsd' else {}
    defaults = {'sbcl': 'ltplug.BiGranularityLoss', 'dscl': 'ltplug.DecoupledSupConLoss',
                'pbsd': 'ltplug.PatchDistillationLoss'}
    loss = MODELS.build(model.get('loss') or dict(type=defaults[name]))
    query, key, queue = unit(ANCHORS).requires_grad_(), unit(ANCHORS), unit(QUEUE)
    labels, queue_labels = (torch.arange(number) % 10 for number in (ANCHORS, QUEUE))
    crops = unit(ANCHORS, PATCHES).requires_grad_()
    with tool._CountedTensors() as counted:
        if name == 'pbsd':
            value = loss(unit(ANCHORS, PATCHES), crops, key, queue)
        elif name == 'sbcl':
            value = loss(query[:, None], labels, labels % 3, torch.full((10, ), 0.1), key, queue,
                         queue_labels, queue_labels % 3)
        elif name == 'tsc':
            value = loss.with_queue(query, key, labels, queue, queue_labels, targets=unit(10))
        else:
            value = loss.with_queue(query, key, labels, queue, queue_labels)
        value.backward()
    return counted.peak / (ANCHORS * (1 + QUEUE) * (PATCHES if name == 'pbsd' else 1))


@pytest.mark.parametrize('name', ['scl', 'kcl', 'tsc', 'sbcl', 'dscl', 'pbsd'])
def test_a_pair_takes_as_many_bytes_as_estimated(tool, name):
    torch.manual_seed(0)
    expected = tool.PATCH_PAIR if name == 'pbsd' else tool.METHODS[name][1]
    assert 0.8 * expected <= bytes_of_step(tool, name) <= 1.1 * expected


def test_the_tool_counts_a_step(tool, capsys):
    tool.main(['--batch-size', '4', '--queue-len', '64', '--methods', 'sbcl', 'dscl-pbsd',
               '--network', 'cifar-resnet32'])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ['sbcl', 'dscl-pbsd']
    assert all(int(line.split()[5]) > 1 for line in lines[1:])
