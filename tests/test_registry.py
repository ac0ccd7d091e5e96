import subprocess
import sys

import pytest

SNIPPET = '''
from mmengine.registry import init_default_scope
init_default_scope({scope!r})
from mmpretrain.registry import {registry}
{extra}
assert {registry}.get({name!r}) is not None
'''

TYPES = [
    ('MODELS', 'LDAMLoss'), ('MODELS', 'CIFARResNet'), ('MODELS', 'CosineLinearClsHead'),
    ('DATASETS', 'LongTailSubset'), ('DATA_SAMPLERS', 'DrawBatchSampler'),
    ('METRICS', 'GroupAccuracy'), ('HOOKS', 'ClassCountsHook'),
    ('OPTIM_WRAPPERS', 'MixedPrecisionOptimWrapper'), ('MODELS', 'SBCL'),
    ('MODELS', 'TargetedSupConLoss'), ('HOOKS', 'SubclassClusteringHook'),
    ('MODELS', 'PrototypicalRebalancedSSL'), ('MODELS', 'DualBN')
]


def find(code: str) -> None:
    """Run in a fresh process, where nothing of ltplug has been imported."""
    result = subprocess.run([sys.executable, '-W', 'ignore', '-c', code], capture_output=True,
                            text=True)
    assert result.returncode == 0, result.stderr


def test_prefixed_types_are_found_in_a_project_of_mmpretrain():
    lines = [SNIPPET.format(scope='mmpretrain', registry=registry, name=f'ltplug.{name}', extra='')
             for registry, name in TYPES]
    find('\n'.join(lines))


@pytest.mark.parametrize('stock', [('MODELS', 'ImageClassifier'), ('HOOKS', 'EMAHook'),
                                   ('DATASETS', 'CIFAR10'), ('METRICS', 'Accuracy'),
                                   ('OPTIMIZERS', 'LARS'), ('TRANSFORMS', 'PackInputs')])
def test_scope_ltplug_finds_ours_and_the_stock_types(stock):
    registry, name = stock
    find(f'''
from mmengine.registry import init_default_scope
init_default_scope('ltplug')
from ltplug.registry import {registry}
with {registry}.switch_scope_and_registry(None) as current:
    assert current.scope == 'ltplug'
    assert current.get({name!r}) is not None
''')
    find('''
from mmengine.registry import init_default_scope
init_default_scope('ltplug')
from mmpretrain.registry import MODELS
loss = MODELS.build(dict(type='LDAMLoss'))
assert type(loss).__module__.startswith('ltplug')
''')
