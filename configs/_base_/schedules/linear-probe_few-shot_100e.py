# The probe of SDCLR and FASSL on 1 % of the pool.
_base_ = ['linear-probe_30e.py']

param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[40, 60], gamma=0.1)]

train_cfg = dict(max_epochs=100, val_interval=5)
