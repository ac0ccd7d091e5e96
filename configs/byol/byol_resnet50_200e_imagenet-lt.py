_base_ = [
    '../_base_/models/resnet50_byol.py',
    '../_base_/datasets/imagenet-lt_moco-views.py',
    '../_base_/schedules/lars_200e.py',
    '../_base_/default_runtime.py',
]

# For table 1 of SBCL, which says neither schedule nor augmentation: ours, as long as its SCL.
train_dataloader = dict(batch_sampler=dict(drop_last=True))
