_base_ = ['sbcl_cifar-resnet32_1000e_cifar100-lt-ir100.py']

# The paper says only that it is above that of the subclasses.
default_hooks = dict(subclasses=dict(fixed_temperature=0.2))
