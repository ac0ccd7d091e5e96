_base_ = ['rrs-only_cifar-resnet32_200e_cifar10-lt-ir100.py']

train_dataloader = dict(batch_sampler=dict(type='ltplug.ClassBalancedBatchSampler', num_samples_per_class=12))
