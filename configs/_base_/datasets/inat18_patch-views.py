# Nothing is predicted, so nothing is validated.
_base_ = ['inat18.py', 'patch-views_224.py']

data_preprocessor = dict(
    _delete_=True,
    type='ltplug.MultiViewDataPreprocessor',
    mean=_base_.data_preprocessor.mean,
    std=_base_.data_preprocessor.std,
    to_rgb=True)

train_dataloader = dict(dataset=dict(dataset=dict(pipeline=_base_.train_pipeline)))

val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
