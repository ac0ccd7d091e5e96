_base_ = ['sbcl_cifar-resnet32_1000e_cifar100-lt-ir100.py']

default_hooks = dict(subclasses=dict(cluster_once=True))
