stages = [
    dict(name='features', config='scl_cifar-resnet32_1000e_cifar10-lt-ir100.py'),
    dict(
        name='classifier',
        config='cosine-ldam-probe_cifar-resnet32_200e_cifar10-lt-ir100.py',
        load_from='features'),
]
