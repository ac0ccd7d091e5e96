stages = [
    dict(name='features', config='swav_resnet50_200e_inat18.py'),
    dict(name='classifier', config='../scl/class-aware-probe_resnet50_40e_inat18.py',
         load_from='features'),
]
