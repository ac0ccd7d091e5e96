_base_ = ['../kcl/kcl_resnet50_200e_imagenet-lt.py']

model = dict(
    loss=dict(type='ltplug.TargetedSupConLoss', target_weight=0.2),
    class_targets=dict(type='ltplug.ClassTargets', num_classes=1000, dim=128))
