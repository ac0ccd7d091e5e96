_base_ = [
    '../_base_/models/resnet18.py',
    '../_base_/datasets/tiny-imagenet-lt.py',
    '../_base_/datasets/ssl-views_64.py',
    '../_base_/schedules/ssl_2000e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=200))

# The supervised row of FASSL's tables. The paper does not say how it is trained: network,
# augmentation and schedule of the others, on the long-tailed labels, are ours.
train_dataloader = dict(
    batch_size=512,
    dataset=dict(dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        *_base_.view,
        dict(type='PackInputs'),
    ])))
train_cfg = dict(val_interval=100)
