# Table 3, left, and Table 4: the number of prototypes.
stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_cifar10-lt-split1.py'),
    *[stage for k in (64, 96, 128, 256, 512) for stage in (
        dict(name=f'prototypes_{k}', config='fassl-prototypes_resnet18_500e_cifar10-lt-split1.py',
             load_from='sdclr', overrides={'model.num_prototypes': k}),
        dict(name=f'aligned_{k}', task=dict(type='ltplug.AlignSignsTask'),
             load_from=f'prototypes_{k}'),
        dict(name=f'rebalanced_{k}', config='fassl_resnet18_500e_cifar10-lt-split1.py',
             load_from=f'aligned_{k}', overrides={'model.num_prototypes': k}),
        dict(name=f'probe_{k}', config='../sdclr/probe_resnet18_30e_cifar10-lt-split1.py',
             load_from=f'rebalanced_{k}'),
    )],
]
