_base_ = ['cifar10-lt_single-view.py']

train_dataloader = dict(
    dataset=dict(dataset=dict(type='CIFAR100', data_root='data/cifar100')))
