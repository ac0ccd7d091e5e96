_base_ = ['cifar-resnet32_cosine-ldam.py']

# Stage 2 of SBCL on CIFAR-LT: classes are weighted from the first epoch on.
model = dict(
    type='ltplug.FrozenBackboneClassifier',
    head=dict(loss=dict(scheme='effective', beta=0.9999)))
