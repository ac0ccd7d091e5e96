stages = [
    dict(name='features', config='sdclr_resnet50_500e_imagenet-100-lt.py'),
    dict(name='probe', config='probe_resnet50_30e_imagenet-100-lt.py',
         load_from='features'),
    dict(name='few_shot', config='few-shot-probe_resnet50_100e_imagenet-100-lt.py',
         load_from='features'),
]
