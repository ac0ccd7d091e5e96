# Table 6 of SBCL: plain linear classifiers on frozen features of cross-entropy, SCL, KCL, TSC and
# SBCL on CIFAR-100-LT, ratio 100.
#     python tools/train.py tools/experiments/linear_probes_cifar100-lt_recipe.py
stages = [
    dict(name='ce', config='../../configs/ce/ce_cifar-resnet32_200e_cifar100-lt-ir100.py'),
] + [
    dict(
        name=method,
        config=f'../../configs/{method}/{method}_cifar-resnet32_1000e_cifar100-lt-ir100.py')
    for method in ('scl', 'kcl', 'tsc', 'sbcl')
] + [
    dict(
        name=f'{method}-linear',
        config='../../configs/scl/linear-probe_cifar-resnet32_200e_cifar100-lt-ir100.py',
        load_from=method)
    for method in ('ce', 'scl', 'kcl', 'tsc', 'sbcl')
]
