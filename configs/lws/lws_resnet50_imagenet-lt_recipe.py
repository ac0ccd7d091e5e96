stages = [
    dict(name='features', config='../ce/ce_resnet50_90e_imagenet-lt.py'),
    dict(name='classifier', config='lws_resnet50_10e_imagenet-lt.py', load_from='features'),
]
