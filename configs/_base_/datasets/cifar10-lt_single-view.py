# Single images for tasks that make their own labels: nothing is validated or tested.
_base_ = ['cifar10-lt.py']

data_preprocessor = dict(
    _delete_=True,
    type='ltplug.MultiViewDataPreprocessor',
    mean=[125.307, 122.961, 113.8575],
    std=[51.5865, 50.847, 51.255],
    to_rgb=False)

val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
