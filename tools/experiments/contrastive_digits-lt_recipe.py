# Features of cross-entropy, SCL, KCL, TSC and SBCL on the digits, measured by the same classifiers:
# the plain linear one of Table 6 of SBCL and, but for cross-entropy, the second stage of their
# recipes (cosine classifier, LDAM, class weights).
#     python tools/train.py tools/experiments/contrastive_digits-lt_recipe.py --seeds 0,1,2
stages = [
    dict(name='ce', config='../../configs/ce/ce_cifar-resnet20_60e_digits-lt.py'),
    dict(name='scl', config='../../configs/scl/scl_cifar-resnet20_100e_digits-lt.py'),
    dict(name='kcl', config='../../configs/kcl/kcl_cifar-resnet20_100e_digits-lt.py'),
    dict(name='tsc', config='../../configs/tsc/tsc_cifar-resnet20_100e_digits-lt.py'),
    dict(name='sbcl', config='../../configs/sbcl/sbcl_cifar-resnet20_100e_digits-lt.py'),
] + [
    dict(
        name=f'{method}-{probe}',
        config=f'../../configs/scl/{probe}-probe_cifar-resnet20_100e_digits-lt.py',
        load_from=method)
    for probe in ('cosine-ldam', 'linear')
    for method in ('ce', 'scl', 'kcl', 'tsc', 'sbcl')
    if (method, probe) != ('ce', 'cosine-ldam')
]
