_base_ = ['rrs-only_resnet50_90e_places-lt.py']

model = dict(type='ltplug.DualBranchClassifier', balanced_weight=0.5, uniform_weight=1.0)
train_dataloader = dict(
    batch_size=256,  # 128 class-balanced and 128 uniform images
    batch_sampler=dict(type='ltplug.DualBranchBatchSampler'))
auto_scale_lr = dict(base_batch_size=256)
