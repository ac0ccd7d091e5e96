# How data are loaded, for every data set. The stock entry script of mmpretrain adds the collate
# function and persistent workers in code; here they are written out.
train_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    pin_memory=True,
    collate_fn=dict(type='ltplug.collate_samples'),
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='ltplug.DrawBatchSampler'),
)

val_dataloader = dict(
    num_workers=2,
    persistent_workers=True,
    pin_memory=True,
    collate_fn=dict(type='ltplug.collate_samples'),
    sampler=dict(type='DefaultSampler', shuffle=False),
)

test_dataloader = val_dataloader
val_cfg = dict()
test_cfg = dict()
