stages = [
    dict(name='features', config='../ce/ce_resnet50_90e_inat18.py'),
    dict(name='classifier', task=dict(type='ltplug.NearestClassMeanTask'), load_from='features'),
]
