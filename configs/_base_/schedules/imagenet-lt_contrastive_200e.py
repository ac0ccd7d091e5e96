# One half of the 400 epochs of TSC and SBCL on large sets: the second one begins with a new
# optimizer and the initial learning rate, so it is a stage of its own. All values are of the codes
# and of TSC's supplement, the text of SBCL gives none. The learning rate belongs to 256 images per
# step; it is scaled to the batch size times the number of GPUs.
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=1e-4))

param_scheduler = [dict(type='CosineAnnealingLR', by_epoch=True, T_max=200, eta_min=0)]

train_cfg = dict(by_epoch=True, max_epochs=200)
auto_scale_lr = dict(enable=True, base_batch_size=256)
