stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet50_500e_places-lt.py'),
    dict(name='prototypes', config='fassl-prototypes_resnet50_500e_places-lt.py',
         load_from='sdclr'),
    dict(name='rebalanced', config='fassl_resnet50_500e_places-lt.py',
         load_from='prototypes'),
    dict(name='probe_lt', config='../sdclr/probe-lt_resnet50_30e_places-lt.py',
         load_from='rebalanced'),
]
