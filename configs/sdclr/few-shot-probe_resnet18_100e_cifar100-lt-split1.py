_base_ = [
    '../_base_/models/resnet18_probe.py',
    '../_base_/datasets/cifar100-lt-split1.py',
    '../_base_/schedules/linear-probe_few-shot_100e.py',
    '../_base_/best-probe_runtime.py',
]

model = dict(head=dict(num_classes=100))

# As many images of each class as the smallest one of the long tail has, 1 % of the pool.
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ltplug.LongTailSubset',
        imbalance_ratio=1,
        dataset=_base_.train_dataloader.dataset))
