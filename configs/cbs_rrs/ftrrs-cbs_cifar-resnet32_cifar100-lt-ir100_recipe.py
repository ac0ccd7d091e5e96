# Schedules of both trainings: ours, the paper gives none.
stages = [
    dict(name='rrs', config='rrs-only_cifar-resnet32_200e_cifar100-lt-ir100.py'),
    dict(
        name='cbs',
        config='cbs-only_cifar-resnet32_200e_cifar100-lt-ir100.py',
        load_from=dict(stage='rrs', parts=dict(backbone='backbone', neck='neck'))),
]
