stages = [
    dict(name='features', config='swav_cifar-resnet20_60e_digits-lt.py'),
    dict(name='probe', config='../sdclr/probe_cifar-resnet20_100e_digits-lt.py',
         load_from='features'),
    dict(name='probe_lt', config='../sdclr/probe-lt_cifar-resnet20_100e_digits-lt.py',
         load_from='features'),
]
