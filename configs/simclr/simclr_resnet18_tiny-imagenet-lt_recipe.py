stages = [
    dict(name='features', config='simclr_resnet18_2000e_tiny-imagenet-lt.py'),
    dict(name='probe', config='../sdclr/probe_resnet18_30e_tiny-imagenet-lt.py',
         load_from='features'),
]
