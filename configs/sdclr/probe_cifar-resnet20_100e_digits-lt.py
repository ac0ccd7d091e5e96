_base_ = [
    '../_base_/models/cifar-resnet32_probe.py',
    '../_base_/datasets/digits-lt.py',
    '../_base_/schedules/linear-probe_few-shot_100e.py',
    '../_base_/default_runtime.py',
]

model = dict(backbone=dict(depth=20))

# The whole balanced training set, as in SDCLR and FASSL: only the backbone has seen the long tail.
# Batch size, learning rate and epochs are ours, chosen for SimCLR and BYOL on held-out training
# images: with SDCLR's 128, 30 and 30 so few images make too few steps.
train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        _delete_=True,
        type='ltplug.FeatureDataset',
        dataset=dict(type='ltplug.Digits', split='train', pipeline=[dict(type='PackInputs')])))
optim_wrapper = dict(optimizer=dict(lr=1))
train_cfg = dict(val_interval=50)

val_evaluator = dict(type='ltplug.GroupAccuracy', groups='tertile')
test_evaluator = val_evaluator
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
auto_scale_lr = dict(base_batch_size=32)
