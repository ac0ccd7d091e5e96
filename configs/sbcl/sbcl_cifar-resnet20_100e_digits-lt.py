_base_ = ['../scl/scl_cifar-resnet20_100e_digits-lt.py']

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
