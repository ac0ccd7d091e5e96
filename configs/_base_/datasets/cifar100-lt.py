_base_ = ['cifar10-lt.py']

data_preprocessor = dict(num_classes=100)

train_dataloader = dict(
    dataset=dict(dataset=dict(type='CIFAR100', data_root='data/cifar100')))
val_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
test_dataloader = val_dataloader

val_evaluator = dict(groups='shot')
test_evaluator = val_evaluator
