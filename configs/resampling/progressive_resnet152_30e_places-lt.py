_base_ = ['../ce/ce_resnet152_30e_places-lt.py']

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.ProgressivelyBalancedSampler', total_epochs=30))
