_base_ = [
    '../_base_/models/cifar-resnet32_moco.py',
    '../_base_/datasets/cifar10-lt_two-views.py',
    '../_base_/schedules/cifar-ssl_200e.py',
    '../_base_/default_runtime.py',
]

# Whole batches only, as in the code of MoCo.
train_dataloader = dict(batch_size=256, batch_sampler=dict(drop_last=True))
optim_wrapper = dict(optimizer=dict(lr=0.03))  # MoCo's, for 256 images per step
auto_scale_lr = dict(base_batch_size=256)
