# Two views of each image, for self-supervised learning: nothing is validated or tested.
_base_ = ['digits-lt.py']

data_preprocessor = dict(
    _delete_=True, type='ltplug.MultiViewDataPreprocessor', mean=[77.8] * 3, std=[92.0] * 3, to_rgb=False)

# The augmentation of SDCLR without its flips, colours and strongest crops, which digits do not
# survive: ours, no paper trains on them.
view = [
    dict(type='RandomResizedCrop', scale=16, crop_ratio_range=(0.5, 1.0)),
    dict(type='RandomApply', prob=0.8, transforms=[
        dict(type='ColorJitter', brightness=0.4, contrast=0.4)]),
]

train_dataloader = dict(
    batch_size=64,
    dataset=dict(dataset=dict(pipeline=[
        dict(type='MultiView', num_views=2, transforms=[view]),
        dict(type='PackInputs'),
    ])))

val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
