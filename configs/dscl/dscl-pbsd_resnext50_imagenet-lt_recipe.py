stages = [
    dict(name='features', config='dscl-pbsd_resnext50_200e_imagenet-lt.py'),
    dict(
        name='classifier',
        config='linear-probe_resnext50_40e_imagenet-lt.py',
        load_from='features'),
]
