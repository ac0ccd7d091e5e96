# Step imbalance: half of the classes have all images, the other half a hundredth of them.
stages = [
    dict(name='rotation', config='rotation_cifar-resnet32_200e_cifar10-lt-ir100.py',
         overrides={'train_dataloader.dataset.profile': 'step'}),
] + [
    dict(name=f'{start}{method}',
         config=f'../{folder}/{method}_cifar-resnet32_200e_cifar10-lt-ir100.py',
         load_from=dict(stage='rotation', parts=dict(backbone='backbone')) if start else None,
         overrides={
             'train_dataloader.dataset.profile': 'step',
             'val_evaluator.groups': 'shot',  # thirds would divide classes of the same size
             'test_evaluator.groups': 'shot',
         })
    for method, folder in (('ce', 'ce'), ('ldam-drw', 'ldam'))
    for start in ('', 'rotation-')
]
