_base_ = ['probe-lt_resnet18_30e_cifar10-lt-split1.py']

# The whole balanced training set, as in SDCLR and FASSL: only the backbone has seen the long tail.
train_dataloader = dict(
    dataset=dict(_delete_=True, **_base_.train_dataloader.dataset.dataset))
