import os

from mmengine.config import Config

from ltplug.apis import distributed


def test_the_group_is_open_on_gpus_before_any_runner_is_built(monkeypatch):
    opened = []
    monkeypatch.setitem(os.environ, 'RANK', '0')
    monkeypatch.setattr(distributed.torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(distributed, 'init_dist', lambda *args, **kwargs: opened.append(
        (args, kwargs)))
    cfg = Config(dict(env_cfg=dict(dist_cfg=dict(backend='nccl', timeout=60))))
    distributed.init_distributed(cfg, 'pytorch')
    distributed.init_distributed(Config(), 'slurm')
    assert opened == [(('pytorch', ), dict(backend='nccl', timeout=60)), (('slurm', ), {})]
    assert cfg.launcher == 'pytorch' and 'model_wrapper_cfg' not in cfg
    monkeypatch.setattr(distributed, 'is_distributed', lambda: True)
    distributed.init_distributed(cfg, 'pytorch')
    assert len(opened) == 2, 'an open group is kept'
