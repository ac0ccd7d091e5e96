stages = [
    dict(name='features', config='../ce/ce_cifar-resnet20_60e_digits-lt.py'),
    dict(name='classifier', config='crt_cifar-resnet20_10e_digits-lt.py', load_from='features'),
]
