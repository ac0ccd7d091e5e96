stages = [
    dict(name='features', config='../ce/ce_cifar-resnet32_200e_cifar100-lt-ir50.py'),
    dict(name='classifier', config='lws_cifar-resnet32_10e_cifar100-lt-ir50.py',
         load_from='features'),
]
