# No validation images: the fixed value of the paper instead of its grid.
stages = [
    dict(name='features', config='../ce/ce_cifar-resnet32_200e_cifar100-lt-ir100.py'),
    dict(
        name='classifier',
        task=dict(type='ltplug.TauNormalizationTask', tau=1.0),
        load_from='features'),
]
