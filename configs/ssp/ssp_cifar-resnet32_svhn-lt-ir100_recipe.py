stages = [
    dict(name='rotation', config='rotation_cifar-resnet32_200e_svhn-lt-ir100.py'),
] + [
    dict(name=name, config=f'../{config}',
         load_from=dict(stage='rotation', parts=dict(backbone='backbone')))
    for name, config in (
        ('ce', 'ce/ce_cifar-resnet32_200e_svhn-lt-ir100.py'),
        ('cb-ce', 'reweighting/cb-ce_cifar-resnet32_200e_svhn-lt-ir100.py'),
        ('ce-drw', 'ce/ce-drw_cifar-resnet32_200e_svhn-lt-ir100.py'),
        ('ldam', 'ldam/ldam_cifar-resnet32_200e_svhn-lt-ir100.py'),
        ('ldam-drw', 'ldam/ldam-drw_cifar-resnet32_200e_svhn-lt-ir100.py'),
    )
]
