_base_ = ['fassl_cifar-resnet20_20e_digits-lt.py']

model = dict(loss=dict(phi='uniform'))
