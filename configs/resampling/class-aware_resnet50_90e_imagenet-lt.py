_base_ = ['../ce/ce_resnet50_90e_imagenet-lt.py']

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.ClassAwareSampler', num_samples_per_class=4))
