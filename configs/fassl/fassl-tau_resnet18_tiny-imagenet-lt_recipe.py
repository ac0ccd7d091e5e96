# Table 3, right: the decay of the teacher.
stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_tiny-imagenet-lt.py'),
    dict(name='prototypes', config='fassl-prototypes_resnet18_500e_tiny-imagenet-lt.py',
         load_from='sdclr'),
    dict(name='aligned', load_from='prototypes',
         task=dict(type='ltplug.AlignSignsTask', pipeline=[
             dict(type='LoadImageFromFile'),
             dict(type='PackInputs'),
         ])),
    *[stage for name, decay in (
        ('0', 0.0), ('0_9', 0.9), ('0_99', 0.99), ('0_999', 0.999), ('1', 1.0)) for stage in (
        dict(name=f'rebalanced_{name}', config='fassl_resnet18_500e_tiny-imagenet-lt.py',
             load_from='aligned', overrides={'model.decay': decay}),
        dict(name=f'probe_{name}', config='../sdclr/probe_resnet18_30e_tiny-imagenet-lt.py',
             load_from=f'rebalanced_{name}'),
    )],
]
