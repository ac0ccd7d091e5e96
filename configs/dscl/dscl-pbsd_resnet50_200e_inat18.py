_base_ = [
    '../_base_/models/resnet50_dscl.py',
    '../_base_/datasets/inat18_patch-views.py',
    '../_base_/schedules/contrastive_200e.py',
    '../_base_/default_runtime.py',
]
