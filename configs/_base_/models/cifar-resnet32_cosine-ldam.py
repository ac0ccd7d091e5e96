_base_ = ['cifar-resnet32.py']

model = dict(
    head=dict(
        _delete_=True,
        type='ltplug.CosineLinearClsHead',
        num_classes=10,
        in_channels=64,
        loss=dict(type='ltplug.LDAMLoss', max_margin=0.5, scale=30)))
