_base_ = ['resnet18.py']

# The head starts from N(0, 0.01) and bias 0, mmpretrain's default.
model = dict(type='ltplug.FrozenBackboneClassifier')
