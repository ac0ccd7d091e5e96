_base_ = [
    '../_base_/models/resnet50_moco.py',
    '../_base_/datasets/imagenet-lt_moco-views.py',
    '../_base_/schedules/moco_200e.py',
    '../_base_/default_runtime.py',
]

# Whole batches only, as in the code of MoCo.
train_dataloader = dict(batch_size=128, batch_sampler=dict(drop_last=True))
