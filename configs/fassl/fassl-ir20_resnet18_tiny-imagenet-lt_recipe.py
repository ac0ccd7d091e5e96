# Table 5: an imbalance ratio of 20.
stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet18_2000e_tiny-imagenet-lt.py',
         overrides={'train_dataloader.dataset.imbalance_ratio': 20}),
    dict(name='prototypes', config='fassl-prototypes_resnet18_500e_tiny-imagenet-lt.py',
         load_from='sdclr', overrides={'train_dataloader.dataset.imbalance_ratio': 20}),
    dict(name='aligned', load_from='prototypes',
         task=dict(type='ltplug.AlignSignsTask', pipeline=[
             dict(type='LoadImageFromFile'),
             dict(type='PackInputs'),
         ])),
    dict(name='rebalanced', config='fassl_resnet18_500e_tiny-imagenet-lt.py',
         load_from='aligned', overrides={'train_dataloader.dataset.imbalance_ratio': 20}),
    dict(name='probe', config='../sdclr/probe_resnet18_30e_tiny-imagenet-lt.py',
         load_from='rebalanced'),
]
