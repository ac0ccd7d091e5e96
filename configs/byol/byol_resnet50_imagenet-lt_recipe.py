stages = [
    dict(name='features', config='byol_resnet50_200e_imagenet-lt.py'),
    dict(name='classifier', config='../scl/class-aware-probe_resnet50_40e_imagenet-lt.py',
         load_from='features'),
]
