_base_ = ['probe_resnet18_30e_cifar100-lt-split1.py']

# 30 % of the pool (Table 10 of FASSL). The paper may mean 30 % of the long-tailed labels.
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ltplug.LongTailSubset',
        imbalance_ratio=1,
        max_count=120,
        dataset=_base_.train_dataloader.dataset))
