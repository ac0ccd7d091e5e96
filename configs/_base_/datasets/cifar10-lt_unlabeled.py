# CIFAR-10-LT and five times as many images of 80 Million Tiny Images, which that data set's authors
# have withdrawn: of the 500,000 of Carmon et al. (2019), whose labels only choose what is taken.
_base_ = ['cifar10-lt.py']

train_dataloader = dict(
    batch_size=256,
    dataset=dict(
        _delete_=True,
        type='ltplug.SemiSupervisedDataset',
        labeled={{_base_.train_dataloader.dataset}},
        unlabeled=dict(
            type='ltplug.UnlabeledPool',
            size=62030,
            imbalance_ratio=100,
            profile='exp',
            dataset=dict(
                type='ltplug.ImageArrayDataset',
                ann_file='data/tiny_images/ti_500K_pseudo_labeled.pickle',
                pipeline={{_base_.train_dataloader.dataset.dataset.pipeline}}))))
