_base_ = [
    '../_base_/models/resnet18_moco.py',
    '../_base_/datasets/cifar100-lt-split1_ssl-views.py',
    '../_base_/schedules/ssl_2000e.py',
    '../_base_/default_runtime.py',
]

# The rate is that of MoCo, 0.03 for 256 images. Whole batches only, as in the code of MoCo.
optim_wrapper = dict(optimizer=dict(lr=0.06))
train_dataloader = dict(batch_sampler=dict(drop_last=True))
