_base_ = ['focal_cifar-resnet32_200e_cifar100-lt-ir100.py']

model = dict(head=dict(loss=dict(scheme='effective', beta=0.9999)))
