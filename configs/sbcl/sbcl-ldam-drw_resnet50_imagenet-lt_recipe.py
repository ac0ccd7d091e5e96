stages = [
    dict(name='warm-up', config='sbcl-warmup_resnet50_200e_imagenet-lt.py'),
    dict(name='features', config='sbcl_resnet50_200e_imagenet-lt.py', load_from='warm-up'),
    dict(
        name='ldam-drw',
        config='../ldam/ldam-drw_resnet50_90e_imagenet-lt.py',
        load_from=dict(stage='features', parts=dict(backbone='backbone'))),
]
