# As cifar10-lt-split1.py, with 450 down to 4 images a class.
_base_ = ['cifar10-lt-split1.py']

data_preprocessor = dict(num_classes=100)

train_dataloader = dict(
    dataset=dict(
        class_order='cifar100-split1',
        dataset=dict(
            images_per_class=50,
            dataset=dict(type='CIFAR100', data_root='data/cifar100'))))
val_dataloader = dict(
    dataset=dict(
        images_per_class=50,
        dataset=dict(type='CIFAR100', data_root='data/cifar100')))
test_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
