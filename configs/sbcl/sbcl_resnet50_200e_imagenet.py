# Features for detection. The paper says nothing of their training: this is that of ImageNet-LT.
_base_ = ['sbcl-warmup_resnet50_200e_imagenet.py']

model = dict(
    type='ltplug.SBCLMoCo',
    loss=dict(_delete_=True, type='ltplug.BiGranularityLoss', temperature=0.07, beta=0.2))

default_hooks = dict(
    subclasses=dict(
        type='ltplug.SubclassClusteringHook',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='ResizeEdge', scale=256, edge='short'),
            dict(type='CenterCrop', crop_size=224),
            dict(type='PackInputs'),
        ],
        warmup_epochs=0,  # a stage of its own
        interval=5,
        min_cluster_size=20,
        num_workers=8))
