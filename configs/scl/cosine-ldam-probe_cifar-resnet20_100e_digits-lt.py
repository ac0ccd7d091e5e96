_base_ = [
    '../_base_/models/cifar-resnet20_cosine-ldam_probe.py',
    '../_base_/datasets/digits-lt.py',
    '../_base_/schedules/digits-lt_probe_100e.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(
    batch_size=128,
    dataset=dict(_delete_=True, type='ltplug.FeatureDataset', dataset=dict(
        type='ltplug.LongTailSubset', imbalance_ratio=50, profile='exp', dataset=dict(
            type='ltplug.Digits', split='train', pipeline=[dict(type='PackInputs')]))))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
