stages = [
    dict(name='features', config='dscl-pbsd_resnet50_200e_inat18.py'),
    dict(name='classifier', config='linear-probe_resnet50_40e_inat18.py', load_from='features'),
]
