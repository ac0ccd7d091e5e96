stages = [
    dict(name='features', config='sdclr_resnet18_2000e_cifar100-lt-split1.py'),
    dict(name='probe', config='probe_resnet18_30e_cifar100-lt-split1.py',
         load_from='features'),
    dict(name='few_shot', config='few-shot-probe_resnet18_100e_cifar100-lt-split1.py',
         load_from='features'),
    dict(name='probe_lt', config='probe-lt_resnet18_30e_cifar100-lt-split1.py',
         load_from='features'),
]
