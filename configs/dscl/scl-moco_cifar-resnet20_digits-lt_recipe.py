stages = [
    dict(
        name='features',
        config='dscl-pbsd_cifar-resnet20_100e_digits-lt.py',
        overrides={
            'model.loss.alpha': None,
            'train_dataloader.dataset.dataset.pipeline.0.num_patches': 0,
        }),
    dict(
        name='classifier',
        config='linear-probe_cifar-resnet20_40e_digits-lt.py',
        load_from='features'),
]
