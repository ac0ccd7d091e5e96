_base_ = ['cifar10-lt.py']

data_preprocessor = dict(mean=[127.5] * 3, std=[127.5] * 3)  # ltplug.SVHN gives RGB, as CIFAR

train_dataloader = dict(
    dataset=dict(
        max_count=1000,
        class_order=[1, 2, 3, 4, 5, 6, 7, 8, 9, 0],
        dataset=dict(type='ltplug.SVHN', data_root='data/svhn')))
val_dataloader = dict(dataset=dict(type='ltplug.SVHN', data_root='data/svhn'))
test_dataloader = val_dataloader

val_evaluator = dict(groups='shot')
test_evaluator = val_evaluator
