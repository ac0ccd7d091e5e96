_base_ = ['ce_cifar-resnet32_200e_cifar10-lt-ir100.py']

train_dataloader = dict(
    sampler=dict(
        _delete_=True,
        type='ltplug.DeferredSampler',
        first=dict(type='DefaultSampler', shuffle=True),
        second=dict(type='ltplug.WeightedClassSampler', power=0),
        begin_epoch=160))
