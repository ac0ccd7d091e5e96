# Single images for tasks that make their own labels: nothing is validated or tested.
_base_ = ['svhn-lt.py']

data_preprocessor = dict(
    _delete_=True, type='ltplug.MultiViewDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3, to_rgb=False)

val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
