stages = [
    dict(name='features', config='scl_cifar-resnet20_100e_digits-lt.py'),
    dict(
        name='classifier',
        config='cosine-ldam-probe_cifar-resnet20_100e_digits-lt.py',
        load_from='features'),
]
