stages = [
    dict(name='warm-up', config='sbcl-warmup_resnet50_200e_imagenet.py'),
    dict(name='features', config='sbcl_resnet50_200e_imagenet.py', load_from='warm-up'),
]
