stages = [
    dict(name='features', config='../ce/ce_resnext50_90e_imagenet-lt.py'),
    dict(name='classifier', config='lws_resnext50_10e_imagenet-lt.py', load_from='features'),
]
