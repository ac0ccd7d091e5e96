stages = [
    dict(
        name='features',
        config='tsc-dynamic-temperature_cifar-resnet32_1000e_cifar100-lt-ir100.py'),
    dict(
        name='classifier',
        config='../scl/cosine-ldam-probe_cifar-resnet32_200e_cifar100-lt-ir100.py',
        load_from='features'),
]
