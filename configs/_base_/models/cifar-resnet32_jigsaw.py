# Ours: the main text of SSP does not say how its puzzles are made. As in Noroozi and Favaro (2016)
# tiles leave gaps and their features meet in hidden layers.
model = dict(
    type='ltplug.JigsawPredictor',
    backbone=dict(type='ltplug.CIFARResNet', depth=32),
    grid=3,
    tile_size=8,
    jigsaw_head=dict(
        type='StackedLinearClsHead', num_classes=100, in_channels=9 * 64, mid_channels=[512]))
