_base_ = ['../kcl/kcl_resnet50_200e_inat18.py']

# One assignment of 8,142 classes takes seconds.
model = dict(
    loss=dict(type='ltplug.TargetedSupConLoss', target_weight=0.2),
    class_targets=dict(type='ltplug.ClassTargets', num_classes=8142, dim=128, assign_interval=100))
