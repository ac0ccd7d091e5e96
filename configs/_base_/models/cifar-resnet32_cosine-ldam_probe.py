_base_ = ['cifar-resnet32_cosine-ldam.py']

# Stage 2 of SBCL on CIFAR-LT: LDAM and class weights, from the first epoch on. That the classifier
# is a cosine one, its scale, margin and beta are of the code.
model = dict(
    type='ltplug.FrozenBackboneClassifier',
    head=dict(loss=dict(scheme='effective', beta=0.9999)))
