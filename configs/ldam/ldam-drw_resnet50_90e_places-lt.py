_base_ = ['../ce/ce_resnet50_90e_places-lt.py']

model = dict(
    head=dict(
        type='ltplug.CosineLinearClsHead',
        loss=dict(_delete_=True, type='ltplug.LDAMLoss', max_margin=0.5, scale=30)))
default_hooks = dict(deferred_reweighting=dict(type='ltplug.DeferredReweightingHook'))
