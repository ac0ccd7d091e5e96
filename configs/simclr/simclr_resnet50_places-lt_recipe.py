stages = [
    dict(name='features', config='simclr_resnet50_500e_places-lt.py'),
    dict(name='probe_lt', config='../sdclr/probe-lt_resnet50_30e_places-lt.py',
         load_from='features'),
]
