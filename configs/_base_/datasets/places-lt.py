_base_ = ['imagenet-lt.py']

# The lists are those of OLTR. Where the images lie in data_256/ and val_256/, every dataset needs
# path_rewrite='places_to_data_256'.
data_preprocessor = dict(num_classes=365)

train_dataloader = dict(
    dataset=dict(
        dataset=dict(
            ann_file='data/places-lt/Places_LT_train.txt',
            data_prefix='data/places365',
            num_classes=365)))

val_dataloader = dict(
    dataset=dict(
        ann_file='data/places-lt/Places_LT_val.txt',
        data_prefix='data/places365',
        num_classes=365))

test_dataloader = dict(
    dataset=dict(
        ann_file='data/places-lt/Places_LT_test.txt',
        data_prefix='data/places365',
        num_classes=365))
