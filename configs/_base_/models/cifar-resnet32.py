model = dict(
    type='ImageClassifier',
    backbone=dict(type='ltplug.CIFARResNet', depth=32),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=10,
        in_channels=64,
        init_cfg=dict(type='Kaiming', layer='Linear', mode='fan_in', distribution='normal'),
        # plain cross-entropy; its class weights can be switched on (DeferredReweightingHook)
        loss=dict(type='ltplug.ReweightedCrossEntropyLoss', scheme='none')))
