stages = [
    dict(name='sdclr', config='../sdclr/sdclr_cifar-resnet20_60e_digits-lt.py'),
    dict(name='prototypes', config='fassl-prototypes_cifar-resnet20_20e_digits-lt.py',
         load_from='sdclr'),
    dict(name='aligned', task=dict(type='ltplug.AlignSignsTask'), load_from='prototypes'),
    dict(name='rebalanced', config='fassl-uniform_cifar-resnet20_20e_digits-lt.py',
         load_from='aligned'),
    dict(name='probe', config='../sdclr/probe_cifar-resnet20_100e_digits-lt.py',
         load_from='rebalanced'),
    dict(name='probe_lt', config='../sdclr/probe-lt_cifar-resnet20_100e_digits-lt.py',
         load_from='rebalanced'),
]
