_base_ = ['probe-lt_resnet18_30e_cifar100-lt-split1.py']

# The whole balanced training set, as in SDCLR and FASSL: only the backbone has seen the long tail.
# Of CIFAR-100 SDCLR leaves another 50 images of each class out.
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ltplug.HoldOut',
        images_per_class=50,
        dataset=_base_.train_dataloader.dataset.dataset))
