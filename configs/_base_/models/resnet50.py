model = dict(
    type='ImageClassifier',
    backbone=dict(type='ltplug.ResNet', depth=50),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        num_classes=1000,
        in_channels=2048,
        # plain cross-entropy; its class weights can be switched on (DeferredReweightingHook)
        loss=dict(type='ltplug.ReweightedCrossEntropyLoss', scheme='none')))
