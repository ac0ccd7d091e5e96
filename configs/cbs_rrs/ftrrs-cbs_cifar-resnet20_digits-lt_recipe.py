# Schedules of both trainings: ours, the paper gives none.
stages = [
    dict(name='rrs', config='rrs-only_cifar-resnet20_60e_digits-lt.py'),
    dict(
        name='cbs',
        config='cbs-only_cifar-resnet20_60e_digits-lt.py',
        load_from=dict(stage='rrs', parts=dict(backbone='backbone', neck='neck'))),
]
