# SVHN-LT and five times as many images of SVHN's own extra set, whose labels only choose what is
# taken.
_base_ = ['svhn-lt.py']

train_dataloader = dict(
    batch_size=256,
    dataset=dict(
        _delete_=True,
        type='ltplug.SemiSupervisedDataset',
        labeled={{_base_.train_dataloader.dataset}},
        unlabeled=dict(
            type='ltplug.UnlabeledPool',
            size=12390,
            imbalance_ratio=100,
            profile='exp',
            class_order=[1, 2, 3, 4, 5, 6, 7, 8, 9, 0],
            dataset=dict(
                type='ltplug.SVHN',
                data_root='data/svhn',
                split='extra',
                pipeline={{_base_.train_dataloader.dataset.dataset.pipeline}}))))
