stages = [
    dict(name='features', config='../ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py'),
    dict(name='classifier', config='crt_cifar-resnet32_10e_cifar10-lt-ir100.py',
         load_from='features'),
]
