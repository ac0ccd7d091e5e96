_base_ = ['../simclr/simclr_resnet18_2000e_cifar10-lt-split1.py']

model = dict(type='ltplug.BCL', momentum=0.97)

view = [
    *_base_.view,
    dict(type='ltplug.StrengthRandAugment', num_policies=1, levels=(10, 30)),
]
train_dataloader = dict(
    batch_sampler=dict(type='ltplug.StrengthDrawBatchSampler'),
    dataset=dict(dataset=dict(dataset=dict(pipeline=[
        dict(type='MultiView', num_views=2, transforms=[view]),
        dict(type='PackInputs'),
    ]))))

default_hooks = dict(strengths=dict(type='ltplug.MemorizedStrengthHook'))
optim_wrapper = dict(optimizer=dict(weight_decay=5e-4))
