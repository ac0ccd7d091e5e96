"""Registries of scope ``ltplug``, children of mmpretrain's; nothing else stands here.

mmengine swallows an ImportError raised in this file, so it imports registries only.
"""

from mmengine.registry import FUNCTIONS as MMENGINE_FUNCTIONS
from mmengine.registry import Registry
from mmpretrain import registry as mmpretrain

SCOPE = 'ltplug'
ENGINE, DATASETS_PACKAGE = ['ltplug.engine'], ['ltplug.datasets']
MODELS_PACKAGE, EVALUATION = ['ltplug.models'], ['ltplug.evaluation']


def _child(parent: Registry, locations: list[str]) -> Registry:
    return Registry(parent.name, parent=parent, scope=SCOPE, locations=locations)


RUNNERS = _child(mmpretrain.RUNNERS, ENGINE)
LOOPS = _child(mmpretrain.LOOPS, ENGINE)
HOOKS = _child(mmpretrain.HOOKS, ENGINE)
LOG_PROCESSORS = _child(mmpretrain.LOG_PROCESSORS, ENGINE)
OPTIMIZERS = _child(mmpretrain.OPTIMIZERS, ENGINE)
OPTIM_WRAPPERS = _child(mmpretrain.OPTIM_WRAPPERS, ENGINE)
OPTIM_WRAPPER_CONSTRUCTORS = _child(mmpretrain.OPTIM_WRAPPER_CONSTRUCTORS, ENGINE)
PARAM_SCHEDULERS = _child(mmpretrain.PARAM_SCHEDULERS, ENGINE)

DATASETS = _child(mmpretrain.DATASETS, DATASETS_PACKAGE)
DATA_SAMPLERS = _child(mmpretrain.DATA_SAMPLERS, DATASETS_PACKAGE)
TRANSFORMS = _child(mmpretrain.TRANSFORMS, DATASETS_PACKAGE)
FUNCTIONS = _child(MMENGINE_FUNCTIONS, DATASETS_PACKAGE)

MODELS = _child(mmpretrain.MODELS, MODELS_PACKAGE)
MODEL_WRAPPERS = _child(mmpretrain.MODEL_WRAPPERS, MODELS_PACKAGE)
WEIGHT_INITIALIZERS = _child(mmpretrain.WEIGHT_INITIALIZERS, MODELS_PACKAGE)
BATCH_AUGMENTS = _child(mmpretrain.BATCH_AUGMENTS, MODELS_PACKAGE)
TASK_UTILS = _child(mmpretrain.TASK_UTILS, MODELS_PACKAGE)

METRICS = _child(mmpretrain.METRICS, EVALUATION)
EVALUATORS = _child(mmpretrain.EVALUATORS, EVALUATION)

# Steps of a recipe that do not train: mmpretrain has no such kind.
TASKS = Registry('task', scope=SCOPE, locations=['ltplug.engine.tasks'])

VISUALIZERS = _child(mmpretrain.VISUALIZERS, ['ltplug.visualization'])
VISBACKENDS = _child(mmpretrain.VISBACKENDS, ['ltplug.visualization'])
