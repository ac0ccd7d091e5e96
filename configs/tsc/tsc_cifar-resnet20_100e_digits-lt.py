_base_ = ['../kcl/kcl_cifar-resnet20_100e_digits-lt.py']

model = dict(
    loss=dict(type='ltplug.TargetedSupConLoss', target_weight=0.2),
    class_targets=dict(type='ltplug.ClassTargets', num_classes=10, dim=128, warmup_epochs=50))
