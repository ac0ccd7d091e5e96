from mmengine.config import Config

from ltplug.apis import same_run
from ltplug.apis.same_run import describe_config, first_difference

CFG = dict(
    model=dict(head=dict(loss=dict(type='CrossEntropyLoss'))),
    train_dataloader=dict(batch_size=64, num_workers=2, dataset=dict(data_root='data')),
    optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='SGD', lr=0.1)),
    default_hooks=dict(checkpoint=dict(interval=1, report='last'), clustering=dict(interval=5)),
    width=64)


def difference(changes, **kwargs):
    changed = Config(CFG)
    changed.merge_from_dict(changes)
    return first_difference(describe_config(Config(CFG)), describe_config(changed), **kwargs)


def test_what_decides_the_result_is_told():
    assert difference({}) == ''
    assert difference({'train_dataloader.dataset.data_root': 'other'}) == \
        "train_dataloader.dataset.data_root was 'data' and is now 'other'"
    assert difference({'default_hooks.clustering.interval': 1}) == \
        'default_hooks.clustering.interval was 5 and is now 1'
    assert difference({'default_hooks.checkpoint.report': 'best'})
    assert difference({'default_hooks.ema.type': 'EMAHook'}).endswith("absent and is now 'EMAHook'")


def test_what_decides_nothing_may_differ():
    assert not difference({
        'train_dataloader.num_workers': 0, 'work_dir': 'moved', 'precision': 'bf16',
        'optim_wrapper.type': 'AmpOptimWrapper', 'optim_wrapper.dtype': 'bfloat16',
        'default_hooks.checkpoint.interval': 5, 'default_hooks.logger.interval': 3,
        'compile_backbone': {'mode': 'default'}, 'val_dataloader.batch_size': 7,
        'width': 32})  # a variable, whose value the model has where it matters
    assert difference({'optim_wrapper.type': 'MyOptimWrapper'})
    assert not difference({'test_evaluator.groups': 'shot'}, free=['test_*'])


def test_processes_share_the_batch(monkeypatch):
    one = describe_config(Config(CFG))
    monkeypatch.setattr(same_run, 'get_world_size', lambda: 2)
    halved = Config(CFG)
    halved.train_dataloader.batch_size = 32
    assert not first_difference(one, describe_config(halved))
    assert first_difference(one, describe_config(Config(CFG))) == \
        'train_dataloader.batch_size times the number of processes was 64 and is now 128'


def test_functions_are_the_same_wherever_they_lie_in_memory():
    first, second = (Config(dict(model=dict(act=lambda: 0))) for _ in range(2))
    assert not first_difference(describe_config(first), describe_config(second))
