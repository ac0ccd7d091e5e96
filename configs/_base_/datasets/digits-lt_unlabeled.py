# The labelled digits, and as a pool those that the long tail leaves over: 1,026 of the training
# images, few of large classes and many of small ones.
_base_ = ['digits-lt.py']

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ltplug.SemiSupervisedDataset',
        labeled={{_base_.train_dataloader.dataset}},
        unlabeled=dict(type='ltplug.Remainder', dataset={{_base_.train_dataloader.dataset}})))
