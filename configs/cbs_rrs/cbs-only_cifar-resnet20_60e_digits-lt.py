_base_ = ['rrs-only_cifar-resnet20_60e_digits-lt.py']

train_dataloader = dict(batch_sampler=dict(type='ltplug.ClassBalancedBatchSampler'))
