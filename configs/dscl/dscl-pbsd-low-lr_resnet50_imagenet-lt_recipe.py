stages = [
    dict(name='features', config='dscl-pbsd_resnet50_200e_imagenet-lt.py'),
    dict(
        name='classifier',
        config='linear-probe_resnet50_40e_imagenet-lt.py',
        load_from='features',
        overrides={
            'optim_wrapper.optimizer.lr': 2.5,
        }),
]
