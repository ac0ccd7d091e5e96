stages = [
    dict(name='features', config='../ce/ce_cifar-resnet20_60e_digits-lt.py'),
    dict(name='classifier', task=dict(type='ltplug.NearestClassMeanTask'), load_from='features'),
]
