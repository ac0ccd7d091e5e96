stages = [
    dict(name='features', config='simclr_resnet50_500e_imagenet-100-lt.py'),
    dict(name='probe', config='../sdclr/probe_resnet50_30e_imagenet-100-lt.py',
         load_from='features'),
    dict(name='few_shot', config='../sdclr/few-shot-probe_resnet50_100e_imagenet-100-lt.py',
         load_from='features'),
]
