# The balanced control of SDCLR: as many images as the long tail has, the same number of each class.
groups_from = 'probe_lt'
stages = [
    dict(name='features', config='simclr_resnet18_2000e_cifar10-lt-split1.py', overrides={
        'train_dataloader.dataset.imbalance_ratio': 1,
        'train_dataloader.dataset.max_count': 1116,
    }),
    dict(name='probe_lt', config='../sdclr/probe-lt_resnet18_30e_cifar10-lt-split1.py',
         load_from='features'),
    dict(name='probe', config='../sdclr/probe_resnet18_30e_cifar10-lt-split1.py',
         load_from='features'),
    dict(name='few_shot', config='../sdclr/few-shot-probe_resnet18_100e_cifar10-lt-split1.py',
         load_from='features'),
]
