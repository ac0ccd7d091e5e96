_base_ = ['../ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py']

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler', num_samples_per_class=4))
