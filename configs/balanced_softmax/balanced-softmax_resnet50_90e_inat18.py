_base_ = ['../ce/ce_resnet50_90e_inat18.py']

model = dict(head=dict(loss=dict(_delete_=True, type='ltplug.BalancedSoftmaxLoss')))
