# The schedule of SDCLR on ImageNet-100. The learning rate belongs to 256 images per step; it is
# scaled to the batch size times the number of GPUs.
_base_ = ['ssl_2000e.py']

train_cfg = dict(max_epochs=500)
auto_scale_lr = dict(enable=True, base_batch_size=256)
