_base_ = ['rrs-only_resnet10_30e_imagenet-lt.py']

train_dataloader = dict(batch_sampler=dict(type='ltplug.ClassBalancedBatchSampler'))
