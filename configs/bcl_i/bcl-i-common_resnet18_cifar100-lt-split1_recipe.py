stages = [
    dict(name='features', config='bcl-i-common_resnet18_2000e_cifar100-lt-split1.py'),
    dict(name='probe', config='../sdclr/probe_resnet18_30e_cifar100-lt-split1.py',
         load_from='features'),
    dict(name='few_shot', config='../sdclr/few-shot-probe_resnet18_100e_cifar100-lt-split1.py',
         load_from='features'),
    dict(name='probe_lt', config='../sdclr/probe-lt_resnet18_30e_cifar100-lt-split1.py',
         load_from='features'),
]
