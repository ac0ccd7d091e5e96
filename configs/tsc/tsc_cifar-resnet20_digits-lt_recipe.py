stages = [
    dict(name='features', config='tsc_cifar-resnet20_100e_digits-lt.py'),
    dict(
        name='classifier',
        config='../scl/cosine-ldam-probe_cifar-resnet20_100e_digits-lt.py',
        load_from='features'),
]
