stages = [
    dict(name='features', config='scl_cifar-resnet32_1000e_cifar100-lt-ir10.py'),
    dict(
        name='classifier',
        config='cosine-ldam-probe_cifar-resnet32_200e_cifar100-lt-ir10.py',
        load_from='features'),
]
