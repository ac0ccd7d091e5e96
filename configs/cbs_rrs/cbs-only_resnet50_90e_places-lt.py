_base_ = ['rrs-only_resnet50_90e_places-lt.py']

train_dataloader = dict(batch_sampler=dict(type='ltplug.ClassBalancedBatchSampler'))
