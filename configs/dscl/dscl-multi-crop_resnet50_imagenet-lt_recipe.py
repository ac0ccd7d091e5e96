# Number, size and place of the crops are those of PBSD: the paper does not say.
stages = [
    dict(
        name='features',
        config='dscl-pbsd_resnet50_200e_imagenet-lt.py',
        overrides={
            'model.patch_mode': 'multi_crop',
        }),
    dict(
        name='classifier',
        config='linear-probe_resnet50_40e_imagenet-lt.py',
        load_from='features'),
]
