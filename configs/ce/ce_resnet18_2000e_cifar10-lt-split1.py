_base_ = [
    '../_base_/models/resnet18.py',
    '../_base_/datasets/cifar10-lt-split1.py',
    '../_base_/datasets/ssl-views_32.py',
    '../_base_/schedules/ssl_2000e.py',
    '../_base_/default_runtime.py',
]

# The supervised row of FASSL's tables. The paper does not say how it is trained: network,
# augmentation and schedule of the others, on the long-tailed labels, are ours.
train_dataloader = dict(
    batch_size=512,
    dataset=dict(dataset=dict(dataset=dict(pipeline=[
        *_base_.view,
        dict(type='PackInputs'),
    ]))))
train_cfg = dict(val_interval=100)
