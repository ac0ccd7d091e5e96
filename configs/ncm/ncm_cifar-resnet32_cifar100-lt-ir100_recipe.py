stages = [
    dict(name='features', config='../ce/ce_cifar-resnet32_200e_cifar100-lt-ir100.py'),
    dict(name='classifier', task=dict(type='ltplug.NearestClassMeanTask'), load_from='features'),
]
