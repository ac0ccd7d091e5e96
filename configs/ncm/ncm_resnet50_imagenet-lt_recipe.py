stages = [
    dict(name='features', config='../ce/ce_resnet50_90e_imagenet-lt.py'),
    dict(name='classifier', task=dict(type='ltplug.NearestClassMeanTask'), load_from='features'),
]
