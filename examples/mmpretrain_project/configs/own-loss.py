# The loss of this project's own package; it needs no prefix, being registered with mmpretrain.
_base_ = ['_base_/leaves.py']

model = dict(head=dict(loss=dict(_delete_=True, type='ClassTemperatureLoss', gamma=0.2)))
