# The authors chose tau on the test images; 1.0 is chosen on none.
stages = [
    dict(name='features', config='../ce/ce_resnet50_90e_inat18.py'),
    dict(
        name='classifier',
        task=dict(type='ltplug.TauNormalizationTask', tau=1.0),
        load_from='features'),
]
