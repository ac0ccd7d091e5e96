# Two views of every digit, which stays readable; nothing is predicted, so nothing is validated.
_base_ = ['digits-lt.py']

data_preprocessor = dict(
    _delete_=True, type='ltplug.MultiViewDataPreprocessor', mean=[77.8] * 3, std=[92.0] * 3, to_rgb=False)

train_dataloader = dict(
    batch_size=64,
    dataset=dict(dataset=dict(pipeline=[
        dict(type='MultiView', num_views=2, transforms=[[
            dict(type='NumpyToPIL'),
            dict(type='torchvision/RandomAffine', degrees=15, translate=(0.12, 0.12),
                 scale=(0.8, 1.2), shear=10),
            dict(type='PILToNumpy'),
        ]]),
        dict(type='PackInputs'),
    ])))

val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
