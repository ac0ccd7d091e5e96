_base_ = ['fassl_resnet18_500e_cifar100-lt-split1.py']

# One epoch of each stage in turn is ours, the paper does not say; as many epochs of both as one
# after the other.
model = dict(type='ltplug.AlternatingFASSL')

default_hooks = dict(checkpoint_fit=dict(parts=dict(_delete_=True, backbone='backbone')))
find_unused_parameters = True
train_cfg = dict(max_epochs=1000)
