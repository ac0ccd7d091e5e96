stages = [
    dict(name='rotation', config='rotation_cifar-resnet32_200e_cifar100-lt-ir100.py'),
] + [
    dict(name=name, config=f'../{config}',
         load_from=dict(stage='rotation', parts=dict(backbone='backbone')))
    for name, config in (
        ('ce', 'ce/ce_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('cb-ce', 'reweighting/cb-ce_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('ce-balanced', 'resampling/class-balanced_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('focal', 'focal/focal_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('cb-focal', 'focal/cb-focal_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('ce-drw', 'ce/ce-drw_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('ce-drs', 'ce/ce-drs_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('ldam', 'ldam/ldam_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('ldam-drw', 'ldam/ldam-drw_cifar-resnet32_200e_cifar100-lt-ir100.py'),
        ('crt', 'crt/crt_cifar-resnet32_cifar100-lt-ir100_recipe.py'),
    )
]
