# The labels come from a recipe, or from tools/data/pseudo_label.py.
_base_ = ['cifar10-lt_unlabeled.py']

train_dataloader = dict(
    dataset=dict(
        type='ltplug.PseudoLabeledDataset',
        pseudo_labels='work_dirs/pseudo_labels/cifar10-lt-ir100.npz'))
