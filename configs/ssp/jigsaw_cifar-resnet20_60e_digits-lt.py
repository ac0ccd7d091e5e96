_base_ = [
    '../_base_/models/cifar-resnet32_jigsaw.py',
    '../_base_/datasets/digits-lt_single-view.py',
    '../_base_/schedules/digits-lt_60e.py',
    '../_base_/default_runtime.py',
]

# Four tiles of 16 x 16 pixels have 24 permutations.
model = dict(
    backbone=dict(depth=20),
    grid=2,
    tile_size=7,
    jigsaw_head=dict(num_classes=24, in_channels=4 * 64, mid_channels=[64]))
