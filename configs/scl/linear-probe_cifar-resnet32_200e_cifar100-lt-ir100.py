_base_ = [
    '../_base_/models/cifar-resnet32_probe.py',
    '../_base_/datasets/cifar100-lt.py',
    '../_base_/schedules/cosine-probe_200e.py',
    '../_base_/default_runtime.py',
]

# Table 6 of SBCL, which tells neither loss nor schedule: plain cross-entropy, trained as the cosine
# classifier of stage 2, is ours.
model = dict(head=dict(num_classes=100))
default_hooks = dict(checkpoint_fit=dict(parts=dict(backbone='backbone')))
