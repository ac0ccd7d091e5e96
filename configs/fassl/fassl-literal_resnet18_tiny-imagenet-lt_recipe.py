stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_tiny-imagenet-lt.py'),
    dict(name='prototypes', config='fassl-prototypes_resnet18_500e_tiny-imagenet-lt.py',
         load_from='sdclr'),
    dict(name='rebalanced', config='fassl_resnet18_500e_tiny-imagenet-lt.py',
         load_from='prototypes'),
    dict(name='probe', config='../sdclr/probe_resnet18_30e_tiny-imagenet-lt.py',
         load_from='rebalanced'),
]
