_base_ = ['../ce/ce_cifar-resnet32_200e_cifar100-lt-ir100.py']

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0.5))
