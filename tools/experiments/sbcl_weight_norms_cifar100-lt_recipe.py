# Figure 4 of SBCL: plain linear classifiers on features of SBCL from different moments of their
# training on CIFAR-100-LT, ratio 100. Lengths of their weight vectors are drawn by
# tools/analysis/classifier_norms.py:
#     python tools/train.py tools/experiments/sbcl_weight_norms_cifar100-lt_recipe.py
#     R=work_dirs/sbcl_weight_norms_cifar100-lt_recipe
#     python tools/analysis/classifier_norms.py 200=$R/after-200/epoch_200.pth \
#         600=$R/after-600/epoch_200.pth 1000=$R/after-1000/epoch_200.pth
stages = [
    dict(
        name='features',
        config='../../configs/sbcl/sbcl_cifar-resnet32_1000e_cifar100-lt-ir100.py',
        overrides={
            'default_hooks.checkpoint.interval': 100,
            'default_hooks.checkpoint.max_keep_ckpts': -1,
        }),
] + [
    dict(
        name=f'after-{epoch}',
        config='../../configs/scl/linear-probe_cifar-resnet32_200e_cifar100-lt-ir100.py',
        load_from=dict(stage='features', checkpoint=f'epoch_{epoch}'))
    for epoch in (200, 400, 600, 800, 1000)
]
