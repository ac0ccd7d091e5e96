_base_ = ['rrs-only_cifar-resnet32_200e_cifar100-lt-ir100.py']

train_dataloader = dict(batch_sampler=dict(type='ltplug.ClassBalancedBatchSampler'))
