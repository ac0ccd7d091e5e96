_base_ = ['rrs-only_cifar-resnet20_60e_digits-lt.py']

model = dict(type='ltplug.DualBranchClassifier', balanced_weight=0.5, uniform_weight=1.0)
train_dataloader = dict(
    batch_size=64,  # 32 class-balanced and 32 uniform images
    batch_sampler=dict(type='ltplug.DualBranchBatchSampler'))
auto_scale_lr = dict(base_batch_size=64)
