stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_cifar100-lt-split1.py'),
    dict(name='prototypes', config='fassl-prototypes_resnet18_500e_cifar100-lt-split1.py',
         load_from='sdclr'),
    dict(name='rebalanced', config='fassl_resnet18_500e_cifar100-lt-split1.py',
         load_from='prototypes'),
    dict(name='probe', config='../sdclr/probe_resnet18_30e_cifar100-lt-split1.py',
         load_from='rebalanced'),
    dict(name='few_shot', config='../sdclr/few-shot-probe_resnet18_100e_cifar100-lt-split1.py',
         load_from='rebalanced'),
    dict(name='probe_lt', config='../sdclr/probe-lt_resnet18_30e_cifar100-lt-split1.py',
         load_from='rebalanced'),
]
