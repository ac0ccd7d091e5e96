_base_ = ['../ce/ce_cifar-resnet32_200e_svhn-lt-ir100.py']

model = dict(head=dict(loss=dict(_delete_=True, type='ltplug.BalancedSoftmaxLoss')))
