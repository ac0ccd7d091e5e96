_base_ = ['../ce/ce_resnet10_90e_imagenet-lt.py']

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0.5))
