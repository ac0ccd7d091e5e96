stages = [
    dict(name='moco', config='moco_resnet50_200e_inat18.py'),
] + [
    dict(name=name, config=f'../{config}',
         load_from=dict(stage='moco', parts=dict(backbone='backbone')))
    for name, config in (
        ('ce', 'ce/ce_resnet50_90e_inat18.py'),
        ('ce-balanced', 'resampling/class-aware_resnet50_90e_inat18.py'),
        ('ldam-drw', 'ldam/ldam-drw_resnet50_90e_inat18.py'),
        ('crt', 'crt/crt_resnet50_inat18_recipe.py'),
    )
]
