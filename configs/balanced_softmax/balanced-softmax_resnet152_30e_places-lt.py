_base_ = ['../ce/ce_resnet152_30e_places-lt.py']

model = dict(head=dict(loss=dict(_delete_=True, type='ltplug.BalancedSoftmaxLoss')))
