# The comparison of pretext tasks in the appendix of SSP, with our choice of them.
stages = [
    dict(name='ce', config='../ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py'),
] + [
    dict(name=pretext, config=f'{pretext}_cifar-resnet32_200e_cifar10-lt-ir100.py')
    for pretext in ('rotation', 'jigsaw', 'simclr', 'moco')
] + [
    dict(name=f'{pretext}-ce', config='../ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py',
         load_from=dict(stage=pretext, parts=dict(backbone='backbone')))
    for pretext in ('rotation', 'jigsaw', 'simclr', 'moco')
]
