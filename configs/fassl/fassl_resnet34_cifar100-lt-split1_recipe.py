# Table 8: a deeper network.
stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_cifar100-lt-split1.py',
         overrides={'model.backbone.depth': 34}),
    dict(name='prototypes', config='fassl-prototypes_resnet18_500e_cifar100-lt-split1.py',
         load_from='sdclr', overrides={'model.backbone.depth': 34}),
    dict(name='aligned', task=dict(type='ltplug.AlignSignsTask'), load_from='prototypes'),
    dict(name='rebalanced', config='fassl_resnet18_500e_cifar100-lt-split1.py',
         load_from='aligned', overrides={'model.backbone.depth': 34}),
    dict(name='probe', config='../sdclr/probe_resnet18_30e_cifar100-lt-split1.py',
         load_from='rebalanced', overrides={'model.backbone.depth': 34}),
]
