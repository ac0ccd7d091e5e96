# The lists are those of SDCLR; the one of the whole training set is made by hand, see the README of
# configs/sdclr.
_base_ = ['imagenet-lt.py']

data_preprocessor = dict(num_classes=100)

train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            ann_file='data/imagenet-100-lt/imageNet_100_LT_train.txt',
            num_classes=100,
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='RandomResizedCrop', scale=224),
                dict(type='RandomFlip', prob=0.5, direction='horizontal'),
                dict(type='PackInputs'),
            ])))

val_dataloader = dict(
    dataset=dict(ann_file='data/imagenet-100-lt/ImageNet_100_val.txt', num_classes=100))
test_dataloader = dict(
    dataset=dict(ann_file='data/imagenet-100-lt/ImageNet_100_test.txt', num_classes=100))

# SDCLR's own rows have groups of more than 100, 20 to 100 and less than 20 images: groups='shot'.
val_evaluator = dict(groups='tertile')
test_evaluator = val_evaluator
