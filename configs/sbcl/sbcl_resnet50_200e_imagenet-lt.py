_base_ = ['sbcl-warmup_resnet50_200e_imagenet-lt.py']

# The paper's text gives none of these values, its appendix is not at hand: they are those of the
# code, as is the hook's alpha of 10.
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
