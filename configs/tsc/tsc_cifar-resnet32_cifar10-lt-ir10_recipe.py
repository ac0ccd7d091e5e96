stages = [
    dict(name='features', config='tsc_cifar-resnet32_1000e_cifar10-lt-ir10.py'),
    dict(
        name='classifier',
        config='../scl/cosine-ldam-probe_cifar-resnet32_200e_cifar10-lt-ir10.py',
        load_from='features'),
]
