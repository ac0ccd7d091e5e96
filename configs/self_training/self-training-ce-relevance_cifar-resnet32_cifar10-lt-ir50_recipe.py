stages = [
    dict(name='base', config='../ce/ce_cifar-resnet32_200e_cifar10-lt-ir50.py'),
    dict(name='pseudo-labels', task=dict(type='ltplug.PseudoLabelTask'), load_from='base'),
    dict(
        name='self-training',
        config='self-training-ce-relevance_cifar-resnet32_200e_cifar10-lt-ir50.py',
        inputs={'train_dataloader.dataset.pseudo_labels': 'pseudo-labels.pseudo_labels'}),
]
