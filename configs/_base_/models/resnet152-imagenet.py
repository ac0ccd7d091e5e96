_base_ = ['resnet50.py']

model = dict(
    backbone=dict(
        depth=152,
        # The authors train the last block alone; whole stages can be frozen here.
        frozen_stages=3,
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.pytorch.org/models/resnet152-394f9c45.pth')))
