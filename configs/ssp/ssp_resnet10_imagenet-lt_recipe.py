stages = [
    dict(name='moco', config='moco_resnet10_200e_imagenet-lt.py'),
] + [
    dict(name=name, config=f'../{config}',
         load_from=dict(stage='moco', parts=dict(backbone='backbone')))
    for name, config in (
        ('ce', 'ce/ce_resnet10_90e_imagenet-lt.py'),
        ('ce-balanced', 'resampling/class-aware_resnet10_90e_imagenet-lt.py'),
        ('ldam-drw', 'ldam/ldam-drw_resnet10_90e_imagenet-lt.py'),
        ('crt', 'crt/crt_resnet10_imagenet-lt_recipe.py'),
    )
]
