stages = [
    dict(name='sdclr', config='../sdclr/sdclr_resnet50_500e_imagenet-100-lt.py'),
    dict(name='prototypes', config='fassl-prototypes_resnet50_500e_imagenet-100-lt.py',
         load_from='sdclr'),
    dict(name='aligned', load_from='prototypes',
         task=dict(type='ltplug.AlignSignsTask', pipeline=[
             dict(type='LoadImageFromFile'),
             dict(type='ResizeEdge', scale=256, edge='short'),
             dict(type='CenterCrop', crop_size=224),
             dict(type='PackInputs'),
         ])),
    dict(name='rebalanced', config='fassl_resnet50_500e_imagenet-100-lt.py',
         load_from='aligned'),
    dict(name='probe', config='../sdclr/probe_resnet50_30e_imagenet-100-lt.py',
         load_from='rebalanced'),
    dict(name='few_shot', config='../sdclr/few-shot-probe_resnet50_100e_imagenet-100-lt.py',
         load_from='rebalanced'),
]
