_base_ = ['../ce/ce_resnet50_90e_inat18.py']

train_dataloader = dict(
    sampler=dict(_delete_=True, type='ltplug.WeightedClassSampler', power=0.5))
