# Table 4 of SBCL: its second stage with the label-aware smoothing and the shifted batch norm of
# MiSLAS. The paper does not say how they are combined: that the rest of the stage stays is ours.
stages = [
    dict(name='warm-up', config='../kcl/kcl_resnet50_200e_imagenet-lt.py'),
    dict(name='features', config='tsc_resnet50_200e_imagenet-lt.py', load_from='warm-up'),
    dict(
        name='classifier',
        config='../scl/class-aware-probe_resnet50_40e_imagenet-lt.py',
        load_from='features',
        overrides={
            'model.norm_mode': 'train',
            'model.head.loss.type': 'ltplug.LabelAwareSmoothingLoss',
        }),
]
