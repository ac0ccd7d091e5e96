# Schedules of both trainings: ours, the paper gives none.
stages = [
    dict(name='rrs', config='rrs-only_resnet50_90e_places-lt.py'),
    dict(
        name='cbs',
        config='cbs-only_resnet50_90e_places-lt.py',
        load_from=dict(stage='rrs', parts=dict(backbone='backbone', neck='neck'))),
]
