# Ours: what the weights of images bring, from one start. No sum of cosines reaches a clip ratio of
# 1e300, which can be written in a config, unlike infinity.
stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_cifar100-lt-split1.py'),
    dict(name='prototypes', config='fassl-prototypes_resnet18_500e_cifar100-lt-split1.py',
         load_from='sdclr'),
    dict(name='aligned', task=dict(type='ltplug.AlignSignsTask'), load_from='prototypes'),
    *[stage for name, start, overrides in (
        ('aligned', 'aligned', {}),
        ('literal', 'prototypes', {}),
        ('uniform', 'aligned', {'model.loss.phi': 'uniform'}),
        ('inner', 'aligned', {'model.loss.similarity': 'inner'}),
        ('unclipped', 'aligned', {'model.loss.clip_ratio': 1e300})) for stage in (
        dict(name=f'rebalanced_{name}', config='fassl_resnet18_500e_cifar100-lt-split1.py',
             load_from=start, overrides=overrides),
        dict(name=f'probe_{name}', config='../sdclr/probe_resnet18_30e_cifar100-lt-split1.py',
             load_from=f'rebalanced_{name}'),
    )],
]
