stages = [
    dict(
        name='features',
        config='dscl-pbsd_resnet50_200e_imagenet-lt.py',
        overrides={
            'model.loss.alpha': None,
            'train_dataloader.dataset.dataset.pipeline.1.num_patches': 0,
        }),
    dict(
        name='classifier',
        config='linear-probe_resnet50_40e_imagenet-lt.py',
        load_from='features'),
]
