_base_ = ['tsc_cifar-resnet32_1000e_cifar100-lt-ir100.py']

model = dict(dynamic_temperature=True)

default_hooks = dict(
    temperatures=dict(
        type='ltplug.ClassTemperatureHook',
        pipeline=[dict(type='PackInputs')],
        warmup_epochs=10,  # here and below as SBCL
        interval=10))
