_base_ = ['ce_cifar-resnet32_200e_cifar10-lt-ir100.py']

default_hooks = dict(deferred_reweighting=dict(type='ltplug.DeferredReweightingHook'))
