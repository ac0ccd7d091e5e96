# All of ImageNet, by the list that mmpretrain uses.
_base_ = ['imagenet-lt_moco-views.py']

train_dataloader = dict(
    dataset=dict(dataset=dict(
        ann_file='data/imagenet/meta/train.txt',
        data_prefix='data/imagenet/train')))
