# Table 9: what FASSL starts from, and the starts themselves.
stages = [
    dict(name='simclr', config='../simclr/simclr_resnet18_2000e_cifar10-lt-split1.py'),
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_cifar10-lt-split1.py'),
    dict(name='prototypes_of_none', config='fassl-prototypes_resnet18_500e_cifar10-lt-split1.py',
         overrides={
             'train_cfg.max_epochs': 1000,  # ours, to make up for the missing start
             'default_hooks.checkpoint_fit.parts': None,
         }),
    *[dict(name=f'prototypes_of_{start}',
           config='fassl-prototypes_resnet18_500e_cifar10-lt-split1.py',
           load_from=start) for start in ('simclr', 'sdclr')],
    *[stage for start in ('none', 'simclr', 'sdclr') for stage in (
        dict(name=f'aligned_of_{start}', task=dict(type='ltplug.AlignSignsTask'),
             load_from=f'prototypes_of_{start}'),
        dict(name=f'fassl_of_{start}', config='fassl_resnet18_500e_cifar10-lt-split1.py',
             load_from=f'aligned_of_{start}'),
    )],
    *[dict(name=f'probe_{features}', config='../sdclr/probe_resnet18_30e_cifar10-lt-split1.py',
           load_from=features)
      for features in ('simclr', 'sdclr', 'fassl_of_none', 'fassl_of_simclr', 'fassl_of_sdclr')],
]
