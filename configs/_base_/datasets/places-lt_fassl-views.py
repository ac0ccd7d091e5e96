# Two views of each image as FASSL lists their changes: those of SDCLR, but for the blur.
_base_ = ['places-lt_ssl-views.py']

train_dataloader = dict(
    dataset=dict(dataset=dict(pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='MultiView', num_views=2, transforms=[
            [step for step in _base_.view if step['type'] != 'GaussianBlur']]),
        dict(type='PackInputs'),
    ])))
