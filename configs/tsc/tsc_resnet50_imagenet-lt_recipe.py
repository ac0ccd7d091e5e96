stages = [
    dict(name='warm-up', config='../kcl/kcl_resnet50_200e_imagenet-lt.py'),
    dict(name='features', config='tsc_resnet50_200e_imagenet-lt.py', load_from='warm-up'),
    dict(
        name='classifier',
        config='../scl/class-aware-probe_resnet50_40e_imagenet-lt.py',
        load_from='features'),
]
