_base_ = ['../kcl/kcl_cifar-resnet32_1000e_cifar10-lt-ir100.py']

model = dict(
    loss=dict(type='ltplug.TargetedSupConLoss', target_weight=0.2),
    class_targets=dict(
        type='ltplug.ClassTargets',
        num_classes=10,
        dim=128,
        warmup_epochs=500))  # half of the epochs, as on ImageNet-LT
