stages = [
    dict(name='warm-up', config='sbcl-warmup_resnet50_200e_inat18.py'),
    dict(name='features', config='sbcl_resnet50_200e_inat18.py', load_from='warm-up'),
    dict(
        name='classifier',
        config='../scl/class-aware-probe_resnet50_40e_inat18.py',
        load_from='features'),
]
