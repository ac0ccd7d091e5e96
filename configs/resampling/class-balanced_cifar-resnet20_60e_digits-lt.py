_base_ = ['../ce/ce_cifar-resnet20_60e_digits-lt.py']

train_dataloader = dict(sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0))
