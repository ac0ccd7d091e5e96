_base_ = ['../ce/ce_cifar-resnet32_200e_cifar10-lt-ir100.py']

model = dict(head=dict(loss=dict(scheme='effective', beta=0.9999)))
