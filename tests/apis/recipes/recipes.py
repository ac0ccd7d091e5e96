"""A short recipe on the digits, for tests."""

from pathlib import Path

from ...engine.runs import ROOT

CE = ROOT / 'configs/ce/ce_cifar-resnet20_60e_digits-lt.py'
SHORT = f'''_base_ = ['{CE}']
model = dict(backbone=dict(depth=8))
train_cfg = dict(max_epochs=3, val_interval=3)
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[2], gamma=0.1)]
train_dataloader = dict(num_workers=0)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
'''
TWO_STAGES = '''
dict(name='features', config='short.py'),
dict(name='classifier', config='short.py',
     load_from=dict(stage='features', parts=dict(backbone='backbone')),
     overrides={'train_dataloader.dataset.imbalance_ratio': 1}),
'''


def write_recipe(folder: Path, stages: str = TWO_STAGES, more: str = '') -> Path:
    """Write a recipe and the config that its stages share."""
    (folder / 'short.py').write_text(SHORT)
    path = folder / 'recipe.py'
    path.write_text(f'stages = [{stages}]\n{more}')
    return path
