_base_ = ['ldam_cifar-resnet32_200e_svhn-lt-ir100.py']

default_hooks = dict(deferred_reweighting=dict(type='ltplug.DeferredReweightingHook'))
