stages = [
    dict(name='features', config='dscl-pbsd_resnet152_30e_places-lt.py'),
    dict(name='classifier', config='linear-probe_resnet152_40e_places-lt.py', load_from='features'),
]
