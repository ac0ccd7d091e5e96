stages = [
    dict(name='sdclr', config='../sdclr/sdclr_cifar-resnet20_60e_digits-lt.py'),
    dict(name='prototypes', config='fassl-prototypes_cifar-resnet20_20e_digits-lt.py',
         load_from='sdclr'),
    dict(name='rebalanced', config='fassl_cifar-resnet20_20e_digits-lt.py', load_from='prototypes'),
    dict(name='probe', config='../sdclr/probe_cifar-resnet20_100e_digits-lt.py',
         load_from='rebalanced'),
    dict(name='probe_lt', config='../sdclr/probe-lt_cifar-resnet20_100e_digits-lt.py',
         load_from='rebalanced'),
]
