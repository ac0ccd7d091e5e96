_base_ = [
    '../_base_/models/resnet50_probe.py',
    '../_base_/datasets/places-lt.py',
    '../_base_/schedules/linear-probe_30e.py',
    '../_base_/best-probe_runtime.py',
]

model = dict(head=dict(num_classes=365))

# The 62,500 long-tailed labels: FASSL's table looks like it, although it does not say so.
train_dataloader = dict(
    batch_size=512,
    dataset=dict(dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='RandomResizedCrop', scale=224),
        dict(type='RandomFlip', prob=0.5, direction='horizontal'),
        dict(type='PackInputs'),
    ])))
val_evaluator = dict(groups='tertile')
test_evaluator = val_evaluator
auto_scale_lr = dict(base_batch_size=512)
