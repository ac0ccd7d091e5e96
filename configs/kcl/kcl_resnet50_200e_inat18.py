_base_ = ['../scl/scl_resnet50_200e_inat18.py']

model = dict(loss=dict(type='ltplug.KPositiveSupConLoss', k=6))
