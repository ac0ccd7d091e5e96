_base_ = ['cifar-resnet32.py']

model = dict(
    type='ltplug.FrozenBackboneClassifier',
    head=dict(init_cfg=dict(_delete_=True, type='Normal', layer='Linear', std=0.01, bias=0)))
