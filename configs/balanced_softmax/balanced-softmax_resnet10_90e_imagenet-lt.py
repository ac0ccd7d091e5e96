_base_ = ['../ce/ce_resnet10_90e_imagenet-lt.py']

model = dict(head=dict(loss=dict(_delete_=True, type='ltplug.BalancedSoftmaxLoss')))
