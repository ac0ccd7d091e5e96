# Ours. Every digit stays readable, and is not mirrored; nothing is predicted, so nothing is
# validated.
_base_ = ['digits-lt.py']

data_preprocessor = dict(
    _delete_=True, type='ltplug.MultiViewDataPreprocessor', mean=[77.8] * 3, std=[92.0] * 3, to_rgb=False)

geometry = [
    dict(type='NumpyToPIL'),
    dict(type='torchvision/RandomAffine', degrees=15, translate=(0.12, 0.12), scale=(0.8, 1.2),
         shear=10),
    dict(type='PILToNumpy'),
]
train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=[
        dict(
            type='ltplug.GlobalPatchViews',
            geometry=geometry,
            query=[],
            key=geometry,
            crop=[],
            num_patches=2,
            patch_size=8,
            patch_scale=(0.2, 0.8)),
        dict(type='PackInputs', algorithm_keys=['patch_boxes']),
    ])))

val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
