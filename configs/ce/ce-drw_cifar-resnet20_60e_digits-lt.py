_base_ = ['ce_cifar-resnet20_60e_digits-lt.py']

default_hooks = dict(deferred_reweighting=dict(type='ltplug.DeferredReweightingHook'))
