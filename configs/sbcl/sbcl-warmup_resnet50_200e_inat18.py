_base_ = [
    '../_base_/models/resnet50_supcon-moco.py',
    '../_base_/datasets/inat18_moco-views.py',
    '../_base_/schedules/imagenet-lt_contrastive_200e.py',
    '../_base_/default_runtime.py',
]

# 400 epochs in all are of TSC; that half of them are the warm-up, and k, are as on ImageNet-LT.
model = dict(loss=dict(type='ltplug.KPositiveSupConLoss', k=6))
