_base_ = ['self-training-ce_cifar-resnet32_200e_svhn-lt-ir100.py']

train_dataloader = dict(
    dataset=dict(
        labeled=dict(imbalance_ratio=50),
        unlabeled=dict(size=13975, imbalance_ratio=50),
        pseudo_labels='work_dirs/pseudo_labels/svhn-lt-ir50.npz'))
