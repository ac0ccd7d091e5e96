_base_ = [
    '../_base_/models/cifar-resnet32.py',
    '../_base_/datasets/cifar10-lt_pseudo-labels.py',
    '../_base_/schedules/cifar-lt_200e.py',
    '../_base_/default_runtime.py',
]

# The paper's weight stands in its appendix, which is missing; 1 is that of the released code.
model = dict(type='ltplug.SelfTrainingClassifier', unlabeled_weight=1.0)
auto_scale_lr = dict(base_batch_size=256)
