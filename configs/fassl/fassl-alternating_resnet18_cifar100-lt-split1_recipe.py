# Table 7: both stages in turn.
stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_cifar100-lt-split1.py'),
    dict(name='rebalanced', config='fassl-alternating_resnet18_1000e_cifar100-lt-split1.py',
         load_from='sdclr'),
    dict(name='probe', config='../sdclr/probe_resnet18_30e_cifar100-lt-split1.py',
         load_from='rebalanced'),
]
