# A probe on a backbone of an earlier stage. The epoch is chosen on validation images, as in SDCLR;
# the last one is tested as well.
_base_ = ['default_runtime.py']

default_hooks = dict(
    checkpoint=dict(save_best='group_accuracy/top1', report='best'),
    checkpoint_fit=dict(parts=dict(backbone='backbone')))
