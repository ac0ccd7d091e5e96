import subprocess
import sys

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


STOCK = [('MODELS', 'ImageClassifier'), ('HOOKS', 'EMAHook'), ('DATASETS', 'CIFAR10'),
         ('METRICS', 'Accuracy'), ('OPTIMIZERS', 'LARS'), ('TRANSFORMS', 'PackInputs')]
IN_COPIES = '''
import os, sys, traceback
import cv2, scipy, sklearn, torch, torchvision
for code in {codes!r}:
    if not os.fork():
        try:
            exec(code, {{}})
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.wait()[1] == 0, code
assert not {{'mmengine', 'mmpretrain', 'ltplug'}} & set(sys.modules)
'''


def find(*codes: str) -> None:
    """Run each piece in a process where nothing with registries has been imported.

    They are copies of one that has imported torch, which takes longest.
    """
    result = subprocess.run([sys.executable, '-W', 'ignore', '-c', IN_COPIES.format(codes=codes)],
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_prefixed_types_are_found_in_a_project_of_mmpretrain():
    lines = [SNIPPET.format(scope='mmpretrain', registry=registry, name=f'ltplug.{name}', extra='')
             for registry, name in TYPES]
    find('\n'.join(lines))


def test_scope_ltplug_finds_ours_and_the_stock_types():
    stock = [f'''
from mmengine.registry import init_default_scope
init_default_scope('ltplug')
from ltplug.registry import {registry}
with {registry}.switch_scope_and_registry(None) as current:
    assert current.scope == 'ltplug'
    assert current.get({name!r}) is not None
''' for registry, name in STOCK]
    find(*stock, '''
from mmengine.registry import init_default_scope
init_default_scope('ltplug')
from mmpretrain.registry import MODELS
loss = MODELS.build(dict(type='LDAMLoss'))
assert type(loss).__module__.startswith('ltplug')
''')
