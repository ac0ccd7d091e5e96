stages = [
    dict(name='warm-up', config='../kcl/kcl_resnet50_200e_inat18.py'),
    dict(name='features', config='tsc_resnet50_200e_inat18.py', load_from='warm-up'),
    dict(
        name='classifier',
        config='../scl/class-aware-probe_resnet50_40e_inat18.py',
        load_from='features'),
]
