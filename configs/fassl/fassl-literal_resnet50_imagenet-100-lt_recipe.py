stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet50_500e_imagenet-100-lt.py'),
    dict(name='prototypes', config='fassl-prototypes_resnet50_500e_imagenet-100-lt.py',
         load_from='sdclr'),
    dict(name='rebalanced', config='fassl_resnet50_500e_imagenet-100-lt.py',
         load_from='prototypes'),
    dict(name='probe', config='../sdclr/probe_resnet50_30e_imagenet-100-lt.py',
         load_from='rebalanced'),
    dict(name='few_shot', config='../sdclr/few-shot-probe_resnet50_100e_imagenet-100-lt.py',
         load_from='rebalanced'),
]
