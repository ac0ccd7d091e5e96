# Larger margins for smaller classes, and in the last epochs as many images of every class.
_base_ = ['_base_/leaves.py']

model = dict(
    head=dict(
        type='ltplug.CosineLinearClsHead',
        loss=dict(_delete_=True, type='ltplug.LDAMLoss', max_margin=0.5, scale=30)))

train_dataloader = dict(
    sampler=dict(
        _delete_=True,
        type='ltplug.DeferredSampler',
        first=dict(type='DefaultSampler', shuffle=True),
        second=dict(type='ltplug.WeightedClassSampler', power=0),
        begin_epoch=16))
