# Features learned without labels on the digits, and those of cross-entropy, measured by two linear
# classifiers: on the whole balanced training set (pool) and on the long-tailed labels (lt). The
# three variants of FASSL go on from the same SDCLR and the same prototypes.
#     python tools/train.py tools/experiments/self_supervised_digits-lt_recipe.py --seeds 0,1,2
stages = [
    dict(name='ce', config='../../configs/ce/ce_cifar-resnet20_60e_digits-lt.py'),
    dict(name='simclr', config='../../configs/simclr/simclr_cifar-resnet20_60e_digits-lt.py'),
    dict(name='byol', config='../../configs/byol/byol_cifar-resnet20_60e_digits-lt.py'),
    dict(name='swav', config='../../configs/swav/swav_cifar-resnet20_60e_digits-lt.py'),
    dict(name='moco', config='../../configs/moco/moco_cifar-resnet20_60e_digits-lt.py'),
    dict(name='bcl-i', config='../../configs/bcl_i/bcl-i_cifar-resnet20_60e_digits-lt.py'),
    dict(name='sdclr', config='../../configs/sdclr/sdclr_cifar-resnet20_60e_digits-lt.py'),
    dict(
        name='prototypes',
        config='../../configs/fassl/fassl-prototypes_cifar-resnet20_20e_digits-lt.py',
        load_from='sdclr'),
    dict(name='aligned', task=dict(type='ltplug.AlignSignsTask'), load_from='prototypes'),
    dict(
        name='fassl',
        config='../../configs/fassl/fassl_cifar-resnet20_20e_digits-lt.py',
        load_from='aligned'),
    dict(
        name='fassl-uniform',
        config='../../configs/fassl/fassl-uniform_cifar-resnet20_20e_digits-lt.py',
        load_from='aligned'),
    dict(
        name='fassl-literal',
        config='../../configs/fassl/fassl_cifar-resnet20_20e_digits-lt.py',
        load_from='prototypes'),
] + [
    dict(
        name=f'{features}-{labels}',
        config=f'../../configs/sdclr/{probe}_cifar-resnet20_100e_digits-lt.py',
        load_from=features)
    for labels, probe in (('pool', 'probe'), ('lt', 'probe-lt'))
    for features in ('ce', 'simclr', 'byol', 'swav', 'moco', 'bcl-i', 'sdclr', 'fassl',
                     'fassl-uniform', 'fassl-literal')
]
