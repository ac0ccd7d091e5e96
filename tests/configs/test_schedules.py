import numpy as np
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS

from ltplug.apis.config import load_config


def learning_rates(cfg: Config) -> np.ndarray:
    """Return the learning rate of every epoch."""
    parameter = torch.nn.Linear(1, 1)
    wrapper = build_optim_wrapper(parameter, cfg.optim_wrapper)
    schedulers = [PARAM_SCHEDULERS.build(scheduler, default_args=dict(optimizer=wrapper))
                  for scheduler in cfg.param_scheduler]
    rates = []
    for _ in range(cfg.train_cfg.max_epochs):
        rates.append(wrapper.get_lr()['lr'][0])
        wrapper.optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return np.array(rates)


def test_cifar_schedule_equals_the_reference(golden, configs):
    cfg = load_config(configs / 'ldam/ldam-drw_cifar-resnet32_200e_cifar10-lt-ir100.py')
    np.testing.assert_allclose(learning_rates(cfg), golden('rebal_schedules')['ldam_cifar_200'],
                               rtol=1e-9)


def test_cifar_optimizer_is_that_of_the_notes(configs):
    cfg = load_config(configs / 'ce/ce_cifar-resnet32_200e_cifar100-lt-ir100.py')
    assert dict(cfg.optim_wrapper.optimizer) == dict(
        type='SGD', lr=0.1, momentum=0.9, weight_decay=2e-4)
    assert cfg.train_dataloader.batch_size == 128
    assert not cfg.train_dataloader.batch_sampler.get('drop_last', False)
