_base_ = [
    '../_base_/models/resnet18_probe.py',
    '../_base_/datasets/cifar100-lt-split1.py',
    '../_base_/schedules/linear-probe_30e.py',
    '../_base_/best-probe_runtime.py',
]

model = dict(head=dict(num_classes=100))
