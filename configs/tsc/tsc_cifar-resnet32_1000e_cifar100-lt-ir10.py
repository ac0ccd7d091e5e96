_base_ = ['../kcl/kcl_cifar-resnet32_1000e_cifar100-lt-ir10.py']

model = dict(
    loss=dict(type='ltplug.TargetedSupConLoss', target_weight=0.2),
    class_targets=dict(
        type='ltplug.ClassTargets',
        num_classes=100,
        dim=128,
        warmup_epochs=500))  # half of the epochs, as on ImageNet-LT
