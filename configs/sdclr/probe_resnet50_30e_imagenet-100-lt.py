_base_ = [
    '../_base_/models/resnet50_probe.py',
    '../_base_/datasets/imagenet-100-lt.py',
    '../_base_/schedules/linear-probe_30e.py',
    '../_base_/best-probe_runtime.py',
]

model = dict(head=dict(num_classes=100))

# The whole training set, as in SDCLR and FASSL: only the backbone has seen the long tail.
train_dataloader = dict(
    batch_size=512,
    dataset=dict(dataset=dict(ann_file='data/imagenet-100-lt/ImageNet_100_train.txt')))
train_cfg = dict(val_interval=2)
auto_scale_lr = dict(base_batch_size=512)
