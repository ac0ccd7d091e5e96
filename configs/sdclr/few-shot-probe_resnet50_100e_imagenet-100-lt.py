_base_ = [
    '../_base_/models/resnet50_probe.py',
    '../_base_/datasets/imagenet-100-lt.py',
    '../_base_/schedules/linear-probe_few-shot_100e.py',
    '../_base_/best-probe_runtime.py',
]

model = dict(head=dict(num_classes=100))

# 12 images of each class.
train_dataloader = dict(
    batch_size=512,
    dataset=dict(
        dataset=dict(ann_file='data/imagenet-100-lt/imageNet_100_sub_balance_train_0.01.txt')))
auto_scale_lr = dict(base_batch_size=512)
