"""What takes which keys: signatures of components, and tables where no signature tells."""

import ast
import functools
import inspect
import pkgutil
import textwrap
from collections.abc import Callable

# Every dict with a `type` may hold these; mmengine's builders and merges remove them.
BUILD_KEYS = frozenset({'type', '_scope_', '_delete_'})

RUNNER_KEYS = frozenset({
    # parameters of Runner.from_cfg
    'model', 'work_dir', 'train_dataloader', 'val_dataloader', 'test_dataloader', 'train_cfg',
    'val_cfg', 'test_cfg', 'auto_scale_lr', 'optim_wrapper', 'param_scheduler', 'val_evaluator',
    'test_evaluator', 'default_hooks', 'custom_hooks', 'data_preprocessor', 'load_from', 'resume',
    'launcher', 'env_cfg', 'log_processor', 'log_level', 'visualizer', 'default_scope',
    'randomness', 'experiment_name',
    # read from the whole config by the Runner and by what runs it
    'runner_type', 'compile', 'sync_bn', 'find_unused_parameters', 'model_wrapper_cfg',
    'activation_checkpointing', 'efficient_conv_bn_eval', 'custom_imports', 'env_variables',
    'tta_model', 'tta_pipeline', 'vis_backends', 'strategy', 'stages',
    # read by ltplug.apis
    'batched_augmentation', 'precision', 'channels_last', 'compile_backbone',
    'checkpoint_activations',
})

_LOADER = frozenset({
    'dataset', 'batch_size', 'shuffle', 'sampler', 'batch_sampler', 'num_workers', 'collate_fn',
    'pin_memory', 'drop_last', 'timeout', 'worker_init_fn', 'multiprocessing_context',
    'generator', 'prefetch_factor', 'persistent_workers', 'pin_memory_device', 'in_order',
    'num_batch_per_epoch', 'disable_subprocess_warning',
})
_PARAMWISE = frozenset({
    'custom_keys', 'bias_lr_mult', 'bias_decay_mult', 'norm_decay_mult', 'flat_decay_mult',
    'dwconv_decay_mult', 'dcn_offset_lr_mult', 'bypass_duplicate',
})

_COMPILE = frozenset({'fullgraph', 'dynamic', 'backend', 'mode', 'options', 'disable'})

# Dotted path -> (who reads the dict, the keys it takes). `*` stands for one path element.
CONTAINERS: dict[str, tuple[str, frozenset[str]]] = {
    'train_dataloader': ('a dataloader', _LOADER),
    'val_dataloader': ('a dataloader', _LOADER),
    'test_dataloader': ('a dataloader', _LOADER),
    'env_cfg': ('env_cfg', frozenset({
        'cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'})),
    'env_cfg.mp_cfg': ('mp_cfg', frozenset({'mp_start_method', 'opencv_num_threads'})),
    'env_cfg.dist_cfg': ('dist_cfg', frozenset({
        'backend', 'init_backend', 'port', 'timeout', 'init_method', 'world_size', 'rank',
        'store', 'group_name', 'pg_options', 'device_id'})),
    'randomness': ('randomness', frozenset({'seed', 'diff_rank_seed', 'deterministic'})),
    'auto_scale_lr': ('auto_scale_lr', frozenset({'base_batch_size', 'enable'})),
    'compile': ('torch.compile', _COMPILE),
    'compile_backbone': ('torch.compile', _COMPILE),
    'custom_imports': ('custom_imports', frozenset({'imports', 'allow_failed_imports'})),
    'optim_wrapper.clip_grad': ('clip_grad', frozenset({
        'type', 'max_norm', 'norm_type', 'error_if_nonfinite', 'foreach', 'clip_value'})),
}

# Keys of paramwise_cfg by the name of the optimizer constructor; others are not checked.
PARAMWISE_KEYS = {
    'DefaultOptimWrapperConstructor': _PARAMWISE,
    'LearningRateDecayOptimWrapperConstructor': frozenset({
        'custom_keys', 'bias_decay_mult', 'norm_decay_mult', 'flat_decay_mult',
        'layer_decay_rate'}),
}

CUSTOM_KEYS = frozenset({'lr_mult', 'decay_mult'})
DEFAULT_HOOKS = ('runtime_info', 'timer', 'sampler_seed', 'logger', 'param_scheduler', 'checkpoint')

# What an untyped dict at this path, or under this key, is built as: one of these.
DEFAULT_TYPES = {
    'val_cfg': ('ValLoop',), 'test_cfg': ('TestLoop',), 'optim_wrapper': ('OptimWrapper',),
    'log_processor': ('LogProcessor',), 'model_wrapper_cfg': ('MMDistributedDataParallel',),
    '*.data_preprocessor': (
        'ClsDataPreprocessor', 'SelfSupDataPreprocessor', 'MultiModalDataPreprocessor'),
}

# Key -> registry (by its name in mmengine.registry) in which its value's `type` is looked up.
REGISTRY_OF_KEY = {
    'pipeline': 'TRANSFORMS', 'transforms': 'TRANSFORMS', 'tta_pipeline': 'TRANSFORMS',
    'train_pipeline': 'TRANSFORMS', 'policies': 'TRANSFORMS',
    'dataset': 'DATASETS', 'datasets': 'DATASETS', 'bank': 'DATASETS', 'query': 'DATASETS',
    'labeled': 'DATASETS', 'unlabeled': 'DATASETS', 'irrelevant': 'DATASETS',
    'sampler': 'DATA_SAMPLERS', 'batch_sampler': 'DATA_SAMPLERS',
    'collate_fn': 'FUNCTIONS', 'worker_init_fn': 'FUNCTIONS',
    'model': 'MODELS', 'tta_model': 'MODELS', 'data_preprocessor': 'MODELS', 'loss': 'MODELS',
    'backbone': 'MODELS', 'neck': 'MODELS', 'head': 'MODELS',
    'norm_cfg': 'MODELS', 'act_cfg': 'MODELS', 'conv_cfg': 'MODELS',
    'init_cfg': 'WEIGHT_INITIALIZERS', 'override': 'WEIGHT_INITIALIZERS',
    'batch_augments': 'BATCH_AUGMENTS', 'augments': 'BATCH_AUGMENTS',
    'train_augments': 'BATCH_AUGMENTS', 'model_wrapper_cfg': 'MODEL_WRAPPERS',
    'optim_wrapper': 'OPTIM_WRAPPERS', 'optimizer': 'OPTIMIZERS',
    'param_scheduler': 'PARAM_SCHEDULERS', 'default_hooks': 'HOOKS', 'custom_hooks': 'HOOKS',
    'val_evaluator': 'METRICS', 'test_evaluator': 'METRICS', 'metrics': 'METRICS',
    'visualizer': 'VISUALIZERS', 'vis_backends': 'VISBACKENDS',
    'log_processor': 'LOG_PROCESSORS', 'tokenizer': 'TOKENIZER',
}
LOOP_KEYS = frozenset({'train_cfg', 'val_cfg', 'test_cfg'})

# Keys below which a `type` names no component (LoRA's targets name layers).
UNCHECKED_KEYS = frozenset({'targets'})

# Argument that names the type which gets the **kwargs -> its registry and default.
TYPE_ARGUMENTS = {
    'ema_type': ('MODELS', 'ExponentialMovingAverage'),
    'resize_type': ('TRANSFORMS', 'Resize'),
}

# Arguments that builders fill in: taken, but no use in a list of what one may write.
INJECTED = frozenset({'runner', 'dataloader', 'params', 'module'})

OWN_PACKAGES = ('ltplug', 'mmpretrain', 'mmengine')

# Optimizers that mmengine registers only if the package that has them is installed.
OPTIONAL_TYPES = ('Lion', 'DAdapt*', 'Adafactor', '*8bit', 'DeepSpeed*', 'Sophia*')

# Keys that a builder removes before it calls the component, by registry or by parent key.
BUILDER_KEYS = {
    'HOOKS': {'priority'},
    'PARAM_SCHEDULERS': {'convert_to_iter_based', 'epoch_length'},
    'OPTIM_WRAPPERS': {'constructor', 'paramwise_cfg'},
    'WEIGHT_INITIALIZERS': {'override', 'layer'},
    'norm_cfg': {'requires_grad'},
    'override': {'name'},
    'policies': {'magnitude_key'},
    'vision_encoder': {'pretrained'},
    'q_former_model': {'pretrained'},
    'train_cfg': {'by_epoch'},
}

# Class whose constructor has **kwargs -> the methods that get them; () when nothing does.
FORWARDERS: dict[str, tuple[str, ...]] = {
    'torch.nn.modules.module.Module': (),
    'mmengine.hooks.checkpoint_hook.CheckpointHook': ('mmengine.runner.Runner.save_checkpoint',),
    'mmpretrain.engine.hooks.visualization_hook.VisualizationHook': (
        'mmpretrain.visualization.UniversalVisualizer.visualize_cls',),
}


@functools.cache
def accepted_keys(component: Callable) -> tuple[tuple[str, ...], bool]:
    """Names of the arguments that a config may give to a class or function.

    Constructors are followed along the MRO for as long as they hand their ``**kwargs`` to the
    parent and nowhere else.

    Returns:
        The names, and whether any other may be given too.
    """
    if isinstance(component, functools.partial) and 'transform' in component.keywords:
        return accepted_keys(component.keywords['transform'])  # torchvision/*
    if not inspect.isclass(component):
        names, kwargs = _parameters(component)
        return tuple(names), kwargs is not None
    names = []
    for cls in component.__mro__[:-1]:
        if '__init__' not in vars(cls):
            continue
        own, kwargs = _parameters(cls.__init__, is_method=True)
        names += own
        if kwargs is None:
            break
        forwarded = FORWARDERS.get(f'{cls.__module__}.{cls.__qualname__}')
        if forwarded is not None:
            for target in forwarded:
                names += _parameters(pkgutil.resolve_name(target), is_method=True)[0]
            break
        literal = _keys_read_from(cls.__init__, kwargs)
        if literal is None:
            return tuple(names), True
        names += sorted(literal)
    return tuple(dict.fromkeys(names)), False


def _parameters(function: Callable, is_method: bool = False) -> tuple[list[str], str | None]:
    """Names of keyword parameters, and the name of ``**kwargs`` if there is one."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[is_method:]
    except (TypeError, ValueError):  # some C functions tell nothing
        return [], 'kwargs'
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    kwargs = [p.name for p in parameters if p.kind == p.VAR_KEYWORD]
    return names, (kwargs[0] if kwargs else None)


def _keys_read_from(init: Callable, kwargs: str) -> set[str] | None:
    """Keys an ``__init__`` reads from its kwargs before it hands them to the parent.

    ``None`` if the kwargs go anywhere else, or cannot be followed.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(init)))
    except (OSError, TypeError, SyntaxError):
        return None
    keys: set[str] = set()
    understood: set[ast.AST] = set()
    handed_on = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == '__init__':
                passed = [k.value for k in node.keywords if k.arg is None]
                understood.update(passed)
                handed_on |= any(_is_name(value, kwargs) for value in passed)
            elif (isinstance(node.func, ast.Attribute) and node.args
                  and node.func.attr in ('get', 'pop', 'setdefault')
                  and isinstance(node.args[0], ast.Constant)):
                understood.add(node.func.value)
                if _is_name(node.func.value, kwargs) and node.func.attr != 'setdefault':
                    keys.add(node.args[0].value)
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            understood.add(node.value)
            if _is_name(node.value, kwargs) and isinstance(node.ctx, ast.Load):
                keys.add(node.slice.value)
        elif isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
            understood.update(node.comparators)
            if any(_is_name(value, kwargs) for value in node.comparators):
                keys.add(node.left.value)
        elif isinstance(node, ast.Assign) and any(_is_name(t, kwargs) for t in node.targets):
            understood.update(ast.walk(node))
    uses = [node for node in ast.walk(tree) if _is_name(node, kwargs)]
    return keys if handed_on and all(node in understood for node in uses) else None


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
