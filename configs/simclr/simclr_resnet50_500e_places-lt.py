_base_ = [
    '../_base_/models/resnet50_simclr.py',
    '../_base_/datasets/places-lt_ssl-views.py',
    '../_base_/schedules/ssl_500e.py',
    '../_base_/default_runtime.py',
]
