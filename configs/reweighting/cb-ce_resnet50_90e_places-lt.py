_base_ = ['../ce/ce_resnet50_90e_places-lt.py']

model = dict(head=dict(loss=dict(scheme='effective', beta=0.9999)))
