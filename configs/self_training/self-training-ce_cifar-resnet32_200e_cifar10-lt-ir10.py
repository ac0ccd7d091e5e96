_base_ = ['self-training-ce_cifar-resnet32_200e_cifar10-lt-ir100.py']

train_dataloader = dict(
    dataset=dict(
        labeled=dict(imbalance_ratio=10),
        unlabeled=dict(size=102155, imbalance_ratio=10),
        pseudo_labels='work_dirs/pseudo_labels/cifar10-lt-ir10.npz'))
