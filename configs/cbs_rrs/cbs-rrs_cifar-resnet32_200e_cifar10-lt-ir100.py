_base_ = ['rrs-only_cifar-resnet32_200e_cifar10-lt-ir100.py']

model = dict(type='ltplug.DualBranchClassifier', balanced_weight=0.5, uniform_weight=1.0)
train_dataloader = dict(
    batch_size=240,  # 120 class-balanced and 120 uniform images
    batch_sampler=dict(type='ltplug.DualBranchBatchSampler'))
auto_scale_lr = dict(base_batch_size=240)
