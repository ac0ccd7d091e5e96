stages = [
    dict(name='features', config='../ce/ce_resnet50_90e_inat18.py'),
    dict(name='classifier', config='crt_resnet50_10e_inat18.py', load_from='features'),
]
