_base_ = [
    '../_base_/models/resnet18_probe.py',
    '../_base_/datasets/tiny-imagenet-lt.py',
    '../_base_/schedules/linear-probe_30e.py',
    '../_base_/default_runtime.py',
]

model = dict(head=dict(num_classes=200))

# All 100,000 images: only the backbone has seen the long tail. None are left to choose an epoch on.
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ltplug.DrawDataset',
        dataset=_base_.train_dataloader.dataset.dataset))
train_cfg = dict(val_interval=10)
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
