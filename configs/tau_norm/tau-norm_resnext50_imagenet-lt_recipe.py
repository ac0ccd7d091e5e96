stages = [
    dict(name='features', config='../ce/ce_resnext50_90e_imagenet-lt.py'),
    dict(
        name='classifier',
        task=dict(type='ltplug.TauNormalizationTask', tau=[index / 10 for index in range(21)]),
        load_from='features'),
]
