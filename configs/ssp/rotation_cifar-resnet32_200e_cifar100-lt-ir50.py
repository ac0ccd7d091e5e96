_base_ = ['rotation_cifar-resnet32_200e_cifar100-lt-ir100.py']

train_dataloader = dict(dataset=dict(imbalance_ratio=50))
