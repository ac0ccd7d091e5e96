stages = [
    dict(name='features', config='../ce/ce_resnet10_90e_imagenet-lt.py'),
    dict(name='classifier', config='crt_resnet10_10e_imagenet-lt.py', load_from='features'),
]
