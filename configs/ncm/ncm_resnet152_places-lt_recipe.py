stages = [
    dict(name='features', config='../ce/ce_resnet152_30e_places-lt.py'),
    dict(name='classifier', task=dict(type='ltplug.NearestClassMeanTask'), load_from='features'),
]
