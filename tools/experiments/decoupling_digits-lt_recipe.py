# Every classifier of "Decoupling" (Kang et al. 2020) on the same features of the digits, with their
# recipes' settings: python tools/train.py tools/experiments/decoupling_digits-lt_recipe.py \
#     --seeds 0,1,2
stages = [
    dict(name='ce', config='../../configs/ce/ce_cifar-resnet20_60e_digits-lt.py'),
    dict(
        name='crt',
        config='../../configs/crt/crt_cifar-resnet20_10e_digits-lt.py',
        load_from='ce'),
    dict(
        name='lws',
        config='../../configs/lws/lws_cifar-resnet20_10e_digits-lt.py',
        load_from='ce'),
    dict(
        name='tau-norm', task=dict(type='ltplug.TauNormalizationTask', tau=1.0), load_from='ce'),
    dict(name='ncm', task=dict(type='ltplug.NearestClassMeanTask'), load_from='ce'),
    dict(
        name='logit-adjustment',
        task=dict(type='ltplug.LogitAdjustmentTask', tau=1.0),
        load_from='ce'),
]
