stages = [
    dict(name='features', config='dscl-pbsd-official_resnet50_200e_imagenet-lt.py'),
    dict(
        name='classifier',
        config='linear-probe-official_resnet50_40e_imagenet-lt.py',
        load_from='features'),
]
