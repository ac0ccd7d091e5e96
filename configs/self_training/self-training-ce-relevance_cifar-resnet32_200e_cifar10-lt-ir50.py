# Figures 2 and 3 of the paper: a share of the pool shows none of the ten classes. How those images
# were chosen stands in its appendix, which is missing: here uniformly, from a file of one's own.
_base_ = ['self-training-ce_cifar-resnet32_200e_cifar10-lt-ir50.py']

train_dataloader = dict(
    dataset=dict(
        unlabeled=dict(
            relevance=0.6,
            irrelevant=dict(
                type='ltplug.ImageArrayDataset',
                ann_file='data/tiny_images/irrelevant.npz',
                label_key=None,
                pipeline=_base_.train_dataloader.dataset.unlabeled.dataset.pipeline)),
        pseudo_labels='work_dirs/pseudo_labels/cifar10-lt-ir50_relevance.npz'))
