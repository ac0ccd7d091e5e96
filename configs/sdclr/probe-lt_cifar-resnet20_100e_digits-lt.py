_base_ = ['probe_cifar-resnet20_100e_digits-lt.py']

# The long-tailed labels, for a comparison with supervised training on them.
train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            _delete_=True,
            type='ltplug.LongTailSubset',
            imbalance_ratio=50,
            dataset=dict(
                type='ltplug.Digits', split='train', pipeline=[dict(type='PackInputs')]))))
