# Stage 2 on large data sets, with plain cross-entropy, of DSCL (batches by
# ltplug.WeightedClassSampler with power=0), SBCL and TSC (ltplug.ClassAwareSampler, and
# drop_last=True of the batch sampler). The learning rate belongs to 2048 images per step; it is
# scaled to the batch size times the number of GPUs.
optim_wrapper = dict(optimizer=dict(
    type='SGD',
    lr=10,  # ImageNet-LT; iNaturalist 2018: 30, Places-LT: 2.5
    momentum=0.9,
    weight_decay=0))  # of the code, the papers do not say

param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[20, 30], gamma=0.1)]

train_cfg = dict(by_epoch=True, max_epochs=40, val_interval=10)
auto_scale_lr = dict(enable=True, base_batch_size=2048)
