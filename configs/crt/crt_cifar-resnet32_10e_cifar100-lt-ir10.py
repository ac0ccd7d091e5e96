_base_ = ['crt_cifar-resnet32_10e_cifar100-lt-ir100.py']

train_dataloader = dict(dataset=dict(imbalance_ratio=10))
