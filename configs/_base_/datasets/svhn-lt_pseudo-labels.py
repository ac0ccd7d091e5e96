# The labels come from a recipe, or from tools/data/pseudo_label.py.
_base_ = ['svhn-lt_unlabeled.py']

train_dataloader = dict(
    dataset=dict(
        type='ltplug.PseudoLabeledDataset',
        pseudo_labels='work_dirs/pseudo_labels/svhn-lt-ir100.npz'))
