_base_ = ['focal_resnet50_90e_inat18.py']

model = dict(head=dict(loss=dict(scheme='effective', beta=0.9999)))
