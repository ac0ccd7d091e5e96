_base_ = [
    '../_base_/models/resnet50_supcon-moco.py',
    '../_base_/datasets/imagenet-lt_moco-views.py',
    '../_base_/schedules/imagenet-lt_contrastive_200e.py',
    '../_base_/default_runtime.py',
]

# As many epochs and positives as in the code, the paper's text does not say.
model = dict(loss=dict(type='ltplug.KPositiveSupConLoss', k=6))
