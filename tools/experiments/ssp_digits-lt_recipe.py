# Self-supervised pre-training on the digits: cross-entropy and LDAM-DRW from scratch and from the
# features of four pretext tasks, which see the same long-tailed images without their labels.
#     OMP_NUM_THREADS=1 python tools/train.py tools/experiments/ssp_digits-lt_recipe.py \
#         --seeds 0,1,2 --no-validate
stages = [
    dict(name='ce', config='../../configs/ce/ce_cifar-resnet20_60e_digits-lt.py'),
    dict(name='ldam-drw', config='../../configs/ldam/ldam-drw_cifar-resnet20_60e_digits-lt.py'),
] + [
    dict(name=pretext, config=f'../../configs/{folder}/{pretext}_cifar-resnet20_60e_digits-lt.py')
    for pretext, folder in (
        ('rotation', 'ssp'), ('jigsaw', 'ssp'), ('simclr', 'simclr'), ('moco', 'moco'))
] + [
    dict(
        name=f'{pretext}-{method}',
        config=f'../../configs/{folder}/{method}_cifar-resnet20_60e_digits-lt.py',
        load_from=dict(stage=pretext, parts=dict(backbone='backbone')))
    for pretext in ('rotation', 'jigsaw', 'simclr', 'moco')
    for method, folder in (('ce', 'ce'), ('ldam-drw', 'ldam'))
]
