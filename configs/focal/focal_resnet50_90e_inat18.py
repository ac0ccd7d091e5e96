_base_ = ['../ce/ce_resnet50_90e_inat18.py']

# For table 1 of SBCL, which quotes it from elsewhere: gamma is that of CIFAR-LT, ours.
model = dict(
    head=dict(loss=dict(_delete_=True, type='ltplug.ReweightedFocalLoss', gamma=1, scheme='none')))
