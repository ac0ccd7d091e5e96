stages = [
    dict(name='features', config='dscl-pbsd_cifar-resnet32_200e_cifar10-lt-ir100.py'),
    dict(
        name='classifier',
        config='linear-probe_cifar-resnet32_40e_cifar10-lt-ir100.py',
        load_from='features'),
]
