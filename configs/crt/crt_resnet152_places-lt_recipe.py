stages = [
    dict(name='features', config='../ce/ce_resnet152_30e_places-lt.py'),
    dict(name='classifier', config='crt_resnet152_10e_places-lt.py', load_from='features'),
]
