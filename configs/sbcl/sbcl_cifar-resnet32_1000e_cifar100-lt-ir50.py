_base_ = ['../scl/scl_cifar-resnet32_1000e_cifar100-lt-ir50.py']

# The paper's text gives none of these values, its appendix is not at hand: beta is ours, the others
# are those of the code, as is the hook's alpha of 10.
model = dict(
    type='ltplug.SBCL',
    loss=dict(type='ltplug.BiGranularityLoss', temperature=0.1, beta=0.2))

default_hooks = dict(
    subclasses=dict(
        type='ltplug.SubclassClusteringHook',
        pipeline=[dict(type='PackInputs')],
        warmup_epochs=10,
        interval=10,
        min_cluster_size=10))
